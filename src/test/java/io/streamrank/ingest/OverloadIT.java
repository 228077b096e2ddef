package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.PackagedApp;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More than a small worker's memory holds waits for it, in every shape. */
@Timeout(400)
class OverloadIT {
    private static final int PARTITIONS = 4;
    private static final int HEAP_MIB = 160;
    private static final int LARGE_EVENTS = 400;
    private static final int LARGE_CHARS = 1_000_000;
    private static final int CANDIDATES = 10_000;
    /** The suite's time allows for no more; {@code -Doverload.events} does. */
    private static final int SMALL_EVENTS = Integer.getInteger("overload.events", 20_000);

    @Test
    void aSmallWorkerAnswersAllThatWaits(@TempDir Path folder) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(folder.resolve("broker")));
                TestingTopics topics = TestingTopics.created("overload", broker, PARTITIONS)) {
            int sent = sendEverything(broker, topics.topics().candidates());
            try (PackagedApp worker = PackagedApp.start(
                    folder,
                    environment(topics.topics()),
                    List.of("-Xmx" + HEAP_MIB + "m", "-XX:+ExitOnOutOfMemoryError"),
                    "work",
                    "--bootstrap-servers",
                    broker.bootstrapServers(),
                    "--model",
                    "src/test/resources/golden/bert")) {
                worker.awaitOutput("Assigned");
                while (topics.lag() > 0) {
                    assertThat(worker.isAlive()).as(worker.err() + worker.out()).isTrue();
                    Thread.sleep(500);
                }

                assertThat(topics.rankings())
                        .hasSize(sent)
                        .allSatisfy(ranking -> assertThat(ranking.candidates()).isNotEmpty());
                assertThat(topics.deadLetters()).isEmpty();
            }
        }
    }

    /** Large ones first and well compressed, so that a fetch brings more of them than the heap would hold. */
    private static int sendEverything(EmbeddedBroker broker, String topic) {
        byte[] large = TestingEvents.encoded(TestingEvents.request("word ".repeat(LARGE_CHARS / 5)));
        byte[] wide = TestingEvents.encoded(TestingEvents.request(IntStream.range(0, CANDIDATES)
                .mapToObj(index -> "candidate " + index)
                .toArray(String[]::new)));
        byte[] small = TestingEvents.encoded(TestingEvents.request("short"));
        List<byte[]> events = new ArrayList<>();
        IntStream.range(0, LARGE_EVENTS).forEach(any -> events.add(large));
        events.add(wide);
        IntStream.range(0, SMALL_EVENTS).forEach(any -> events.add(small));
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "compression.type",
                "gzip",
                "batch.size",
                1 << 20,
                "max.request.size",
                2 * LARGE_CHARS);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < events.size(); i++) {
                var unused = producer.send(new ProducerRecord<>(topic, i % PARTITIONS, new byte[0], events.get(i)));
            }
        }
        return events.size();
    }

    private static Map<String, String> environment(Topics topics) {
        Map<String, String> environment = new HashMap<>();
        environment.put("OMP_NUM_THREADS", "1");
        environment.put("MKL_NUM_THREADS", "1");
        environment.put("STREAMRANK_HTTP_ENABLED", "false");
        environment.put("STREAMRANK_KAFKA_GROUP_ID", "overload");
        environment.put("STREAMRANK_TOPICS_CANDIDATES", topics.candidates());
        environment.put("STREAMRANK_TOPICS_RANKED", topics.ranked());
        environment.put("STREAMRANK_TOPICS_BATCHES", topics.batches());
        environment.put("STREAMRANK_TOPICS_DEAD_LETTERS", topics.deadLetters());
        environment.put("STREAMRANK_LIMITS_MAX_EVENT_BYTES", Integer.toString(2 * LARGE_CHARS));
        environment.put("STREAMRANK_LIMITS_MAX_IN_FLIGHT_BYTES", Integer.toString(8 * LARGE_CHARS));
        environment.put("STREAMRANK_MODEL_DTYPE", "float32");
        return environment;
    }
}
