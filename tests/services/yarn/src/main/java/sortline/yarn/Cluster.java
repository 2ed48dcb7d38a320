package sortline.yarn;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.nodemanager.Context;
import org.apache.hadoop.yarn.server.nodemanager.LocalDirsHandlerService;
import org.apache.hadoop.yarn.server.nodemanager.NodeManager;
import org.apache.hadoop.yarn.server.nodemanager.ResourceView;
import org.apache.hadoop.yarn.server.nodemanager.webapp.WebServer;
import org.apache.hadoop.yarn.server.resourcemanager.ResourceManager;
import org.apache.hadoop.yarn.server.security.ApplicationACLsManager;

/**
 * One ResourceManager and one NodeManager on free ports of 127.0.0.1, until a SIGTERM.
 *
 * <p>Argument: a folder. The node works in {@code nodes}, containers log to {@code logs}, and {@code conf} is what
 * HADOOP_CONF_DIR of a client is set to; {@code conf/yarn-site.xml} is there once the node has joined.
 */
public final class Cluster {
    private static final String HOST = "127.0.0.1";

    /** What a client has to know; all the rest of the settings concern the two servers alone. */
    private static final String[] OF_CLIENTS = {
        YarnConfiguration.RM_HOSTNAME,
        YarnConfiguration.RM_ADDRESS,
        YarnConfiguration.RM_SCHEDULER_ADDRESS,
        YarnConfiguration.RM_WEBAPP_ADDRESS,
        YarnConfiguration.RM_AM_MAX_ATTEMPTS,
        YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB,
        YarnConfiguration.RM_SCHEDULER_MAXIMUM_ALLOCATION_MB,
    };

    private Cluster() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]).toAbsolutePath();
        YarnConfiguration conf = settings(folder);
        DefaultMetricsSystem.setMiniClusterMode(true); // both servers name their metrics alike
        Runtime.getRuntime().addShutdownHook(new Thread(Cluster::end));
        try {
            ResourceManager manager = new ResourceManager();
            manager.init(conf);
            manager.start();
            NodeManager node = new Node();
            node.init(new YarnConfiguration(conf)); // the manager has written its ports into conf
            node.start();
            while (manager.getResourceScheduler().getNumClusterNodes() == 0) {
                Thread.sleep(50);
            }
        } catch (Throwable failure) {
            failure.printStackTrace();
            System.exit(1); // threads of what did start would keep it up
        }
        describe(conf, folder.resolve("conf"));
        new CountDownLatch(1).await();
    }

    /** At once: the servers' own way takes 17 s and tells nobody anything. No process of a container stays. */
    private static void end() {
        List<ProcessHandle> containers;
        do {
            containers = ProcessHandle.current().descendants().toList();
            containers.forEach(ProcessHandle::destroyForcibly);
        } while (!containers.isEmpty()); // a node that loses one may have started the next
        Runtime.getRuntime().halt(0);
    }

    /** A node without web pages: one server in a JVM can have them, and the manager's have its REST interface. */
    private static final class Node extends NodeManager {
        @Override
        protected WebServer createWebServer(
                Context context,
                ResourceView resources,
                ApplicationACLsManager access,
                LocalDirsHandlerService folders) {
            return new WebServer(context, resources, access, folders) {
                @Override
                protected void serviceStart() {}

                @Override
                protected void serviceStop() {}
            };
        }
    }

    private static YarnConfiguration settings(Path folder) {
        YarnConfiguration conf = new YarnConfiguration();
        conf.set("fs.defaultFS", "file:///");
        conf.set("hadoop.tmp.dir", folder.resolve("tmp").toString());
        conf.setBoolean(YarnConfiguration.IS_MINI_YARN_CLUSTER, true); // write the web port into conf too

        conf.set(YarnConfiguration.RM_HOSTNAME, HOST);
        for (String server : new String[] {
            YarnConfiguration.RM_ADDRESS,
            YarnConfiguration.RM_SCHEDULER_ADDRESS,
            YarnConfiguration.RM_RESOURCE_TRACKER_ADDRESS,
            YarnConfiguration.RM_ADMIN_ADDRESS,
            YarnConfiguration.RM_WEBAPP_ADDRESS,
            YarnConfiguration.NM_ADDRESS,
            YarnConfiguration.NM_LOCALIZER_ADDRESS,
            YarnConfiguration.NM_COLLECTOR_SERVICE_ADDRESS,
            YarnConfiguration.NM_WEBAPP_ADDRESS,
        }) {
            conf.set(server, HOST + ":0");
        }
        conf.setInt(YarnConfiguration.RM_AM_MAX_ATTEMPTS, 4);
        conf.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 128);
        conf.setInt(YarnConfiguration.RM_SCHEDULER_MAXIMUM_ALLOCATION_MB, 4096);
        conf.set("yarn.scheduler.capacity.root.queues", "default");
        conf.setInt("yarn.scheduler.capacity.root.default.capacity", 100);
        conf.setFloat("yarn.scheduler.capacity.maximum-am-resource-percent", 1);

        conf.set(YarnConfiguration.NM_LOCAL_DIRS, folder.resolve("nodes").toString());
        conf.set(YarnConfiguration.NM_LOG_DIRS, folder.resolve("logs").toString());
        conf.setInt(YarnConfiguration.NM_PMEM_MB, 8192);
        conf.setInt(YarnConfiguration.NM_VCORES, 16);
        conf.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
        conf.setBoolean(YarnConfiguration.NM_PMEM_CHECK_ENABLED, false);
        conf.setBoolean(YarnConfiguration.NM_DISK_HEALTH_CHECK_ENABLE, false);
        String passed = YarnConfiguration.DEFAULT_NM_ENV_WHITELIST + ",SPARK_LOCAL_IP"; // from our environment
        conf.set(YarnConfiguration.NM_ENV_WHITELIST, passed);
        conf.setInt(YarnConfiguration.DEBUG_NM_DELETE_DELAY_SEC, 0);
        conf.setInt(YarnConfiguration.RM_NM_HEARTBEAT_INTERVAL_MS, 100); // how soon containers start
        return conf;
    }

    private static void describe(Configuration conf, Path folder) throws IOException {
        Configuration core = new Configuration(false);
        core.set("fs.defaultFS", "file:///");
        Configuration yarn = new Configuration(false);
        for (String name : OF_CLIENTS) {
            yarn.set(name, conf.get(name));
        }
        Files.createDirectories(folder);
        write(core, folder.resolve("core-site.xml"));
        write(yarn, folder.resolve("yarn-site.xml"));
    }

    /** Whole or not at all: who waits for the file may read it at once. */
    private static void write(Configuration conf, Path file) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (OutputStream out = Files.newOutputStream(part)) {
            conf.writeXml(out);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
