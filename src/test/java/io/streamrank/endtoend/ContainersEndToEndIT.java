package io.streamrank.endtoend;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * Against Kafka's own image and ours, where there is an engine to run them and ours has been built: {@code docker/build.sh
 * cpu}. Other images are named by {@code -Dstreamrank.test.image=…} and {@code -Dkafka.test.image=…}.
 */
class ContainersEndToEndIT extends EndToEndCases {
    private static final String IMAGE = System.getProperty("streamrank.test.image", "streamrank:cpu");
    private static final String KAFKA_IMAGE = System.getProperty("kafka.test.image", "apache/kafka:4.3.1");
    private static final String INSIDE = "kafka:19092";
    private static final String MODEL = "/models/tiny";
    private static final int HTTP = 8080;

    /** Held, or its level would be forgotten. It tells at length, as an error, that there is no engine. */
    private static final Logger TESTCONTAINERS = Logger.getLogger("org.testcontainers");

    private static Containers site;

    /** There may be a client without one. */
    private static boolean hasEngine() {
        Level told = TESTCONTAINERS.getLevel();
        TESTCONTAINERS.setLevel(Level.OFF);
        try {
            return DockerClientFactory.instance().isDockerAvailable();
        } finally {
            TESTCONTAINERS.setLevel(told);
        }
    }

    private static boolean hasImage() {
        return DockerClientFactory.instance().client().listImagesCmd().exec().stream()
                .map(image -> image.getRepoTags())
                .anyMatch(tags -> tags != null && List.of(tags).contains(IMAGE));
    }

    @AfterAll
    static void stop() {
        if (site != null) {
            site.close();
        }
    }

    /** Asked for by each case, so that each is told to be skipped, and why. */
    @Override
    Site site() {
        if (site == null) {
            Assumptions.assumeTrue(hasEngine(), "no container engine answers on this machine");
            Assumptions.assumeTrue(
                    hasImage(), "there is no image " + IMAGE + " on this machine; docker/build.sh cpu makes it");
            site = Containers.started();
        }
        return site;
    }

    private record Containers(Network network, KafkaContainer kafka) implements Site {
        static Containers started() {
            Network network = Network.newNetwork();
            DockerImageName image = DockerImageName.parse(KAFKA_IMAGE).asCompatibleSubstituteFor("apache/kafka");
            KafkaContainer kafka =
                    new KafkaContainer(image).withNetwork(network).withListener(INSIDE);
            kafka.start();
            return new Containers(network, kafka);
        }

        @Override
        public String bootstrapServers() {
            return kafka.getBootstrapServers();
        }

        @Override
        public Deployed start(String instanceId) {
            GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE))
                    .withNetwork(network)
                    .withCopyFileToContainer(MountableFile.forHostPath("src/test/resources/golden/bert"), MODEL)
                    .withEnv("STREAMRANK_MODEL_DTYPE", "float32")
                    .withEnv("STREAMRANK_MODEL_THREADS", "1")
                    .withCommand(
                            "work",
                            "--bootstrap-servers",
                            INSIDE,
                            "--model",
                            MODEL,
                            "--create-topics",
                            "--instance-id",
                            instanceId)
                    .withExposedPorts(HTTP)
                    .waitingFor(Wait.forHttp("/q/health/ready").withStartupTimeout(Duration.ofMinutes(3)));
            container.start();
            return new Worker(container);
        }

        @Override
        public void close() {
            kafka.close();
            network.close();
        }
    }

    private record Worker(GenericContainer<?> container) implements Deployed {
        private static final int STOP_SECONDS = 60;

        @Override
        public URI http() {
            return URI.create("http://" + container.getHost() + ":" + container.getMappedPort(HTTP));
        }

        @Override
        public int terminate() {
            var client = container.getDockerClient();
            String id = container.getContainerId();
            client.stopContainerCmd(id).withTimeout(STOP_SECONDS).exec();
            var state = client.inspectContainerCmd(id).exec().getState();
            return requireNonNull(state.getExitCodeLong()).intValue();
        }

        @Override
        public String log() {
            return container.getLogs();
        }

        @Override
        public void close() {
            container.close();
        }
    }
}
