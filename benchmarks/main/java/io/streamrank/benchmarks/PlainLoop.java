package io.streamrank.benchmarks;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.KafkaClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What one would write by hand with Kafka's clients: poll, transform, send, commit, on one thread, with as many lists in a
 * transaction as the worker has on average, the worker's own producer settings, and nothing of what the worker does
 * besides: no limits, no dead letters, no statistics, no orderly rebalance.
 */
final class PlainLoop {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final ModelRef MODEL = new ModelRef("plain", "none", "none");
    private static final Timings NO_TIME = new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO);

    private final IngestSettings settings;
    private final int listsPerTransaction;
    private final Transform transform;

    /** What becomes of a record's value. */
    interface Transform {
        byte[] of(ConsumerRecord<byte[], byte[]> record) throws RejectedException;
    }

    PlainLoop(IngestSettings settings, int listsPerTransaction, Transform transform) {
        this.settings = settings;
        this.listsPerTransaction = listsPerTransaction;
        this.transform = transform;
    }

    /** Touches no more than it must: the first bytes of the value, as many as a ranking has. */
    static Transform bytes(int length) {
        return record -> Arrays.copyOf(record.value(), Math.min(length, record.value().length));
    }

    /** Decodes the list and encodes a ranking of it, in the order that it had. */
    static Transform events() {
        CandidateListCodec lists = new CandidateListCodec();
        RankedListCodec rankings = new RankedListCodec();
        return record -> rankings.encode(ranking(lists.decode(record.value()), record));
    }

    private static Ranking ranking(RerankRequest request, ConsumerRecord<byte[], byte[]> record) {
        List<RankedCandidate> ranked = new ArrayList<>();
        for (Candidate candidate : request.candidates()) {
            int rank = ranked.size() + 1;
            ranked.add(new RankedCandidate(candidate.id(), -rank, rank, rank, false));
        }
        return new Ranking(
                request.requestId(),
                request.query().id(),
                Ranking.Outcome.RANKED,
                MODEL,
                "cpu",
                "float32",
                ranked,
                new SourcePosition(record.topic(), record.partition(), record.offset()),
                NO_TIME,
                request.attributes());
    }

    /** Answers so many lists, and says how many seconds that took from the assignment of partitions to the last commit. */
    double run(int lists) throws RejectedException {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer();
                KafkaProducer<byte[], byte[]> producer =
                        KafkaClients.transactionalProducer(settings, settings.transactionalId())) {
            producer.initTransactions();
            Clock clock = new Clock();
            consumer.subscribe(List.of(settings.topics().candidates()), clock);
            int answered = 0;
            List<ConsumerRecord<byte[], byte[]>> taken = new ArrayList<>();
            while (answered < lists) {
                consumer.poll(POLL).forEach(taken::add);
                if (taken.size() >= listsPerTransaction || answered + taken.size() >= lists) {
                    answer(taken, consumer, producer);
                    answered += taken.size();
                    taken.clear();
                }
            }
            return (System.nanoTime() - clock.assigned) / 1e9;
        }
    }

    private void answer(
            List<ConsumerRecord<byte[], byte[]>> records,
            KafkaConsumer<byte[], byte[]> consumer,
            KafkaProducer<byte[], byte[]> producer)
            throws RejectedException {
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            var unused = producer.send(new ProducerRecord<>(
                    settings.topics().ranked(), record.partition(), record.key(), transform.of(record)));
            offsets.put(
                    new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        producer.commitTransaction();
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                settings.bootstrapServers(),
                "group.id",
                settings.groupId(),
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "earliest",
                "isolation.level",
                "read_committed",
                "fetch.max.bytes",
                16 << 20);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Notes when there is something to read. */
    private static final class Clock implements ConsumerRebalanceListener {
        private long assigned;

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            assigned = System.nanoTime();
        }
    }
}
