package io.streamrank.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.TestingTopics;
import io.streamrank.testing.Answer;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.Ledger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What must hold wherever Streamrank runs. */
@Timeout(600)
abstract class EndToEndCases {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int ROUND = 60;
    private static final int BAD_EVERY = 20;
    private static final int KEYS = 7;

    private final CandidateListCodec codec = new CandidateListCodec();
    private final Ledger ledger = new Ledger();
    private int sent;

    /** Where the cases run. */
    abstract Site site();

    /** Bad events among them; and health and metrics answer. */
    @Test
    void eachListHasOneOutcomeWhileWorkersComeAndGo() throws Exception {
        try (Deployed first = site().start("first");
                KafkaProducer<byte[], byte[]> producer = producer()) {
            sendRound(producer);
            try (Deployed second = site().start("second")) {
                sendRound(producer);
                assertThat(first.terminate()).as(first.log()).isEqualTo(Deployed.TERMINATED);
                sendRound(producer);
                awaitOutcomes();
                assertAnswers(second);

                assertThat(second.terminate()).as(second.log()).isEqualTo(Deployed.TERMINATED);
                assertThat(second.log()).contains("Drained and left the group");
                for (ConsumerRecord<byte[], byte[]> outcome : read("rerank.ranked", "rerank.candidates.dlq")) {
                    judge(outcome);
                }
                for (ConsumerRecord<byte[], byte[]> statistics : read("rerank.batches")) {
                    ledger.counted(new BatchStatisticsCodec().decode(statistics.value()));
                }
                assertThat(ledger.offences()).isEmpty();
            }
        }
    }

    private static void assertAnswers(Deployed worker) throws Exception {
        URI http = worker.http();
        assertThat(get(http.resolve("/q/health/live")).statusCode()).isEqualTo(200);
        assertThat(get(http.resolve("/q/health/ready")).statusCode()).isEqualTo(200);
        assertThat(get(http.resolve("/metrics")).body()).contains("streamrank_");
    }

    private static HttpResponse<String> get(URI uri) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), BodyHandlers.ofString());
    }

    private void sendRound(KafkaProducer<byte[], byte[]> producer) throws Exception {
        for (int i = 0; i < ROUND; i++, sent++) {
            boolean isBad = i % BAD_EVERY == 0;
            RerankRequest request = request("r" + sent);
            byte[] value = isBad ? new byte[] {(byte) 0xC3, 1, 2} : codec.encode(request);
            byte[] key = ("key-" + sent % KEYS).getBytes(UTF_8);
            RecordMetadata at = producer.send(new ProducerRecord<>("rerank.candidates", key, value))
                    .get();
            ledger.sent(
                    new SourcePosition(at.topic(), at.partition(), at.offset()),
                    isBad ? Answer.deadLetter("undecodable", value) : Answer.ranked(request));
        }
    }

    private static RerankRequest request(String id) {
        List<Candidate> candidates = List.of(
                new Candidate("d0", "the sky is blue", null),
                new Candidate("d1", "paint comes in blue", null),
                new Candidate("d2", "light scatters", null));
        return new RerankRequest(id, new Query(null, "why is the sky blue"), candidates, null, null, null, Map.of());
    }

    private void judge(ConsumerRecord<byte[], byte[]> outcome) throws Exception {
        TopicPartition at = new TopicPartition(outcome.topic(), outcome.partition());
        if (outcome.topic().equals("rerank.ranked")) {
            ledger.answered(at, new RankedListCodec().decode(outcome.value()));
        } else {
            ledger.answered(at, TestingTopics.source(outcome), TestingTopics.answer(outcome));
        }
    }

    private void awaitOutcomes() throws Exception {
        Eventually.await(
                "all are answered",
                PATIENCE,
                () -> read("rerank.ranked", "rerank.candidates.dlq").size() >= sent);
    }

    /** Every committed record of the topics, each partition's in its order. */
    private List<ConsumerRecord<byte[], byte[]>> read(String... topics) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers", site().bootstrapServers(),
                        "isolation.level", "read_committed",
                        "enable.auto.commit", "false"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (String topic : topics) {
                consumer.partitionsFor(topic)
                        .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", site().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }
}
