package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.contract.JudgmentCodec;
import io.streamrank.contract.JudgmentKeys;
import io.streamrank.contract.RejectedException;
import io.streamrank.replay.LatestGrades;
import io.streamrank.replay.run.BoundedLog.Entry;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Reads the committed judgments that there are by now. No consumer group, nothing left behind. */
public final class JudgmentTopic {
    private static final int UNREADABLE_NAMED_MAX = 5;

    private final JudgmentCodec codec;
    private final LatestGrades grades = new LatestGrades();
    private final List<String> named = new ArrayList<>();
    private final String topic;
    private final int mostPairs;
    private long unreadable;

    /**
     * What a topic holds.
     *
     * @param unreadable how many records are no judgments, and so don't count
     * @param named where the first of them stand, and what is wrong with them
     */
    public record Found(LatestGrades grades, long unreadable, List<String> named) {
        public Found {
            requireNonNull(grades, "grades");
            named = List.copyOf(named);
        }
    }

    private JudgmentTopic(String topic, int mostPairs, Framing framing) {
        this.codec = new JudgmentCodec(framing);
        this.topic = topic;
        this.mostPairs = mostPairs;
    }

    /**
     * All judgments of a topic, down to what counts.
     *
     * @param mostPairs of how many pairs of a query and a document judgments are held, withdrawn ones too
     * @throws IOException if there are more
     * @throws org.apache.kafka.common.KafkaException if a partition that has more gives nothing for too long
     */
    public static Found read(TopicReading reading, String topic, int mostPairs) throws IOException {
        NavigableMap<Integer, OffsetRange> ranges;
        try (KafkaConsumer<byte[], byte[]> consumer = reading.bounded().consumer()) {
            ranges = new TopicRanges(consumer, topic, reading.pollTimeout())
                    .resolve(RangeEnd.OPEN, RangeEnd.OPEN, Set.of());
        }
        JudgmentTopic judgments = new JudgmentTopic(topic, mostPairs, reading.framing());
        try (BoundedLog log = new BoundedLog(reading.bounded(), topic, ranges)) {
            for (int partition : ranges.keySet()) {
                for (Entry entry = log.peek(partition); entry != null; entry = log.peek(partition)) {
                    log.remove(partition);
                    if (entry instanceof Entry.Found found) {
                        judgments.add(found.record());
                    }
                }
            }
        }
        return new Found(judgments.grades, judgments.unreadable, judgments.named);
    }

    private void add(ConsumerRecord<byte[], byte[]> record) throws IOException {
        try {
            if (record.value() == null) {
                byte[] key = record.key() == null ? new byte[0] : record.key();
                JudgmentKeys.Pair pair = JudgmentKeys.decode(key);
                grades.withdraw(pair.queryId(), pair.candidateId(), Instant.ofEpochMilli(record.timestamp()));
            } else {
                grades.add(codec.decode(record.value()));
            }
        } catch (RejectedException e) {
            unreadable++;
            if (named.size() < UNREADABLE_NAMED_MAX) {
                named.add(topic + "-" + record.partition() + "@" + record.offset() + ": " + e.getMessage());
            }
        }
        if (grades.pairs() > mostPairs) {
            throw new IOException(topic + " holds judgments of more than " + mostPairs
                    + " pairs of a query and a document, as many as streamrank.report.max-judgments allows: raise it, or"
                    + " give the judgments of the replayed queries as a file, with --qrels");
        }
    }
}
