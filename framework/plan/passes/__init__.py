"""The passes of the plan's compiler."""
