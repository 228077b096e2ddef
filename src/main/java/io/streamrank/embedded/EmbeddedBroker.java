package io.streamrank.embedded;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;

/**
 * A real KRaft broker and its controller inside this JVM, listening on 127.0.0.1 only. It has a directory to itself;
 * started again on the same one, it is the same cluster with the same data. Kafka's loggers are set to warnings unless
 * somebody has set them otherwise.
 *
 * <p>One whose settings name a keystore ({@code ssl.keystore.location}) also listens for TLS clients, on a port of its
 * own; one whose settings name {@code sasl.enabled.mechanisms} asks there who they are, with or without TLS. What such a
 * mechanism needs is set under {@code listener.name.secured.}. One with a {@link Detour} has a further listener whose
 * clients are told to connect to a proxy.
 *
 * <p>A broker that loses its directory while it runs is beyond use, but leaves the JVM alive; {@link BrokerProcess} is
 * the one to do harm to.
 */
public final class EmbeddedBroker implements AutoCloseable {
    /** How long {@link #close()} waits for the broker to stop. */
    public static final Duration CLOSE_LIMIT = Duration.ofSeconds(20);

    private static final int NO_PORT = -1;
    private static final String CONTROLLER_LISTENER = "CONTROLLER";
    private static final String SECURED_LISTENER = "SECURED";

    private final BrokerSettings settings;
    private final KafkaRaftServer server;
    private final DirectoryLock lock;
    private final int securedPort;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedBroker(BrokerSettings settings, KafkaRaftServer server, DirectoryLock lock, int securedPort) {
        this.settings = settings;
        this.server = server;
        this.lock = lock;
        this.securedPort = securedPort;
    }

    /**
     * Formats the directory on its first use and starts a broker in it. Takes a few seconds.
     *
     * @throws BrokerException if another broker has the directory, a port is in use, or the broker does not come up
     */
    public static EmbeddedBroker start(BrokerSettings settings) {
        KafkaFaults.stayInThisJvm();
        BrokerLogging.quietenKafka();
        return startInOwnJvm(settings);
    }

    /** The same for a JVM that logs as it likes and may end with the broker. */
    static EmbeddedBroker startInOwnJvm(BrokerSettings settings) {
        DirectoryLock lock = DirectoryLock.acquire(settings.directory());
        EmbeddedBroker broker;
        try {
            BrokerSettings claimed = claimPorts(settings);
            int securedPort = claimSecuredPort(claimed);
            Map<String, String> properties = properties(claimed, securedPort);
            KafkaConfig config = new KafkaConfig(properties);
            if (!isFormatted(config.metadataLogDir())) {
                format(config.metadataLogDir(), node(claimed));
            } else if (claimed.node().isEmpty()) {
                FormerIncarnation.fence(properties, CONTROLLER_LISTENER);
            }
            broker = new EmbeddedBroker(claimed, new KafkaRaftServer(config, Time.SYSTEM), lock, securedPort);
        } catch (Exception e) {
            lock.close();
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw e instanceof BrokerException known ? known : notStarted(settings, e);
        }
        broker.startUp();
        return broker;
    }

    private static BrokerSettings claimPorts(BrokerSettings settings) {
        int port = LocalPorts.claim("client", settings.port(), settings.controllerPort());
        int controllerPort = LocalPorts.claim("controller", settings.controllerPort(), port);
        return settings.withPort(port).withControllerPort(controllerPort);
    }

    private static int claimSecuredPort(BrokerSettings settings) {
        if (securedProtocol(settings) == SecurityProtocol.PLAINTEXT) {
            return NO_PORT;
        }
        int port = LocalPorts.claim("secured", BrokerSettings.ANY_PORT, settings.port());
        return port == settings.controllerPort() ? claimSecuredPort(settings) : port;
    }

    /** What its settings secure clients with, if with anything. */
    private static SecurityProtocol securedProtocol(BrokerSettings settings) {
        boolean sasl = settings.overrides().containsKey("sasl.enabled.mechanisms");
        if (settings.overrides().containsKey("ssl.keystore.location")) {
            return sasl ? SecurityProtocol.SASL_SSL : SecurityProtocol.SSL;
        }
        return sasl ? SecurityProtocol.SASL_PLAINTEXT : SecurityProtocol.PLAINTEXT;
    }

    private static Map<String, String> properties(BrokerSettings settings, int securedPort) {
        String secured =
                securedPort == NO_PORT ? "" : "," + SECURED_LISTENER + "://" + LocalPorts.HOST + ":" + securedPort;
        String clients = LocalPorts.HOST + ":" + settings.port();
        String controller = LocalPorts.HOST + ":" + settings.controllerPort();
        ClusterNode node = node(settings);
        Map<String, String> properties = new LinkedHashMap<>(BrokerDefaults.of(node.nodes()));
        properties.putAll(settings.overrides());
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", Integer.toString(node.id()));
        properties.put("controller.quorum.voters", node.voters());
        properties.put("controller.listener.names", CONTROLLER_LISTENER);
        String listeners = "PLAINTEXT://" + clients + secured;
        properties.put("listeners", listeners);
        settings.detour().ifPresent(detour -> {
            String proxied = "," + Detour.LISTENER + "://" + LocalPorts.HOST + ":";
            properties.put("advertised.listeners", listeners + proxied + detour.advertisedPort());
            properties.put("listeners", listeners + proxied + detour.port());
        });
        properties.merge("listeners", "," + CONTROLLER_LISTENER + "://" + controller, String::concat);
        properties.put(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT," + SECURED_LISTENER + ":" + securedProtocol(settings) + "," + Detour.LISTENER
                        + ":PLAINTEXT," + CONTROLLER_LISTENER + ":PLAINTEXT");
        properties.put("log.dirs", settings.directory().resolve("data").toString());
        return properties;
    }

    private static ClusterNode node(BrokerSettings settings) {
        return settings.node()
                .orElseGet(() -> ClusterNode.alone(Uuid.randomUuid().toString(), settings.controllerPort()));
    }

    private static boolean isFormatted(String dataDirectory) {
        return Files.exists(Path.of(dataDirectory, "meta.properties"));
    }

    private static void format(String dataDirectory, ClusterNode node) throws Exception {
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setClusterId(node.clusterId())
                .setNodeId(node.id())
                .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                .setControllerListenerName(CONTROLLER_LISTENER)
                .setDirectories(List.of(dataDirectory))
                .setMetadataLogDirectory(dataDirectory)
                .run();
    }

    private void startUp() {
        try {
            server.startup();
        } catch (RuntimeException e) {
            BrokerException failure = notStarted(settings, e);
            try {
                close();
            } catch (BrokerException stillRunning) {
                failure.addSuppressed(stillRunning);
            }
            throw failure;
        }
    }

    private static BrokerException notStarted(BrokerSettings settings, Exception cause) {
        return new BrokerException(
                "The broker in " + settings.directory() + " did not start on " + LocalPorts.HOST + ":" + settings.port()
                        + " (controller " + settings.controllerPort() + "): " + cause,
                cause);
    }

    /** Where clients connect: {@code 127.0.0.1:port}. */
    public String bootstrapServers() {
        return LocalPorts.HOST + ":" + settings.port();
    }

    /**
     * Where clients connect that use TLS or say who they are.
     *
     * @throws IllegalStateException if the broker's settings name neither a keystore nor a SASL mechanism
     */
    public String securedBootstrapServers() {
        if (securedPort == NO_PORT) {
            throw new IllegalStateException(
                    "the broker has neither ssl.keystore.location nor sasl.enabled.mechanisms among its settings");
        }
        return LocalPorts.HOST + ":" + securedPort;
    }

    /** What the broker runs with, its ports resolved: starting these again gives the same broker in the same place. */
    public BrokerSettings settings() {
        return settings;
    }

    /**
     * Makes the topics that are missing and waits until every partition answers.
     *
     * @throws BrokerException if a topic exists with another number of partitions, or the broker does not answer
     */
    public void createTopics(Map<String, Integer> partitionsByName) {
        TopicCreation.create(bootstrapServers(), partitionsByName);
    }

    /**
     * Stops the broker and frees its directory. Does nothing the second time.
     *
     * @throws BrokerException if the broker has not stopped within {@link #CLOSE_LIMIT}; it keeps its directory then
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        FutureTask<Void> stop = new FutureTask<>(this::stop, null);
        Thread thread = new Thread(stop, "embedded-broker-stop");
        thread.setDaemon(true);
        thread.start();
        try {
            stop.get(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new BrokerException("The broker in " + settings.directory() + " failed to stop: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new BrokerException(
                    "Gave up on the broker in " + settings.directory() + ": it did not stop within "
                            + CLOSE_LIMIT.toSeconds() + " s and keeps its directory until it does, or this JVM ends",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerException("Interrupted while the broker in " + settings.directory() + " was stopping", e);
        }
    }

    private void stop() {
        server.shutdown();
        server.awaitShutdown();
        lock.close();
    }
}
