"""Real services for tests: Kinesis emulators and an Elasticsearch node, each a process of its own."""
