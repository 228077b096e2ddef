package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.replay.run.BoundedLog.Entry;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.replay.run.Recorded.Unusable;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The candidate lists of a range of a topic, partitions merged by the records' timestamps, so that a part of them is the
 * part that came first; each partition's in its own order, whatever its timestamps.
 */
public final class TopicSource implements ListSource {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final CandidateListCodec codec;
    private final BoundedLog log;
    private final TopicPlan plan;
    private final RequestBounds bounds;
    private final @Nullable LiveRankings live;
    private final NavigableMap<Integer, Long> next = new TreeMap<>();
    private @Nullable SourcePosition last;

    /** @param from where to go on in each partition */
    private TopicSource(
            BoundedLog log,
            TopicPlan plan,
            NavigableMap<Integer, Long> from,
            TopicReading reading,
            @Nullable LiveRankings live) {
        this.codec = new CandidateListCodec(reading.framing());
        this.log = log;
        this.plan = plan;
        this.bounds = reading.bounds();
        this.live = live;
        next.putAll(from);
        if (live != null) {
            from.forEach(live::past);
        }
    }

    /**
     * Opens it at its beginning, or where {@link #position} was.
     *
     * @param plan what to read
     * @param position absent for the beginning
     */
    public static TopicSource open(TopicReading reading, TopicPlan plan, @Nullable JsonNode position) {
        NavigableMap<Integer, Long> from = new TreeMap<>();
        NavigableMap<Integer, OffsetRange> ranges = new TreeMap<>();
        plan.ranges().forEach((partition, range) -> {
            long start = at(position, "next", partition).orElse(range.from());
            from.put(partition, start);
            ranges.put(partition, new OffsetRange(Math.min(start, range.to()), range.to()));
        });
        BoundedLog log = new BoundedLog(reading.bounded(), plan.topic(), ranges);
        try {
            return new TopicSource(log, plan, from, reading, live(reading, plan, position));
        } catch (RuntimeException e) {
            log.close();
            throw e;
        }
    }

    private static @Nullable LiveRankings live(TopicReading reading, TopicPlan plan, @Nullable JsonNode position) {
        TopicPlan.Ranked ranked = plan.ranked();
        if (ranked == null) {
            return null;
        }
        NavigableMap<Integer, OffsetRange> ranges = new TreeMap<>();
        ranked.ranges().forEach((partition, range) -> {
            long start = at(position, "ranked", partition).orElse(range.from());
            ranges.put(partition, new OffsetRange(Math.min(start, range.to()), range.to()));
        });
        return new LiveRankings(
                new BoundedLog(reading.bounded(), ranked.topic(), ranges),
                ranked.partitions(),
                plan.topic(),
                plan.ranges(),
                reading.windowBytes(),
                reading.framing());
    }

    private static Optional<Long> at(@Nullable JsonNode position, String field, int partition) {
        JsonNode offset = position == null ? null : position.path(field).get(Integer.toString(partition));
        return offset == null ? Optional.empty() : Optional.of(offset.longValue());
    }

    @Override
    public @Nullable Recorded next() {
        pastAll();
        Entry first = null;
        int partition = -1;
        for (int candidate : log.partitions()) {
            Entry head = log.peek(candidate);
            if (head != null && (first == null || timestamp(head) < timestamp(first))) {
                first = head;
                partition = candidate;
            }
        }
        if (first == null) {
            plan.ranges().forEach((any, range) -> passed(any, range.to()));
            return null;
        }
        log.remove(partition);
        if (first instanceof Entry.Gone gone) {
            passed(partition, gone.offsets().to());
            last = null;
            return new Unusable(
                    new SourcePosition(plan.topic(), partition, gone.offsets().from()),
                    Unusable.DELETED,
                    "offsets " + gone.offsets().from() + " to "
                            + (gone.offsets().to() - 1) + " are no longer in the topic");
        }
        return recorded(((Entry.Found) first).record());
    }

    /** What has gone is told at once. */
    private static long timestamp(Entry entry) {
        return entry instanceof Entry.Found found ? found.record().timestamp() : Long.MIN_VALUE;
    }

    private Recorded recorded(ConsumerRecord<byte[], byte[]> record) {
        SourcePosition source = new SourcePosition(record.topic(), record.partition(), record.offset());
        if (live != null) {
            live.past(record.partition(), record.offset());
        }
        next.put(record.partition(), record.offset() + 1);
        last = source;
        try {
            return new CandidateEvent(
                    source,
                    record.timestamp() == ConsumerRecord.NO_TIMESTAMP ? null : record.timestamp(),
                    Optional.ofNullable(record.key()),
                    request(record.value()));
        } catch (RejectedException e) {
            return Unusable.of(source, e.rejection());
        }
    }

    private RerankRequest request(byte @Nullable [] value) throws RejectedException {
        if (value != null) {
            bounds.requireSize(value.length);
        }
        RerankRequest request = codec.decode(value);
        bounds.requireCandidates(request);
        return request;
    }

    private void passed(int partition, long offset) {
        next.put(partition, offset);
        if (live != null) {
            live.past(partition, offset);
        }
    }

    /** What came last is past too: so a window holds the same whether the source was closed and opened in between or not. */
    private void pastAll() {
        if (live != null) {
            next.forEach(live::past);
        }
    }

    @Override
    public Optional<Ranking> live() {
        return live == null ? Optional.empty() : live.find(requireNonNull(last));
    }

    /** {@code {"next": {"0": 17}, "ranked": {"0": 16}}}: offsets by partition. */
    @Override
    public ObjectNode position() {
        pastAll();
        ObjectNode position = JSON.createObjectNode();
        ObjectNode offsets = position.putObject("next");
        next.forEach((partition, offset) -> offsets.put(Integer.toString(partition), offset));
        if (live != null) {
            ObjectNode ranked = position.putObject("ranked");
            live.positions().forEach((partition, offset) -> ranked.put(Integer.toString(partition), offset));
        }
        return position;
    }

    @Override
    public Optional<Double> fractionRead() {
        long all = 0;
        long read = 0;
        for (var range : plan.ranges().entrySet()) {
            all += range.getValue().length();
            read += Math.min(range.getValue().to(), requireNonNull(next.get(range.getKey())))
                    - range.getValue().from();
        }
        return Optional.of(all == 0 ? 1.0 : (double) read / all);
    }

    @Override
    public void close() {
        try {
            log.close();
        } finally {
            if (live != null) {
                live.close();
            }
        }
    }
}
