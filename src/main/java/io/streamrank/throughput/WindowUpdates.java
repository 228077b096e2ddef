package io.streamrank.throughput;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputKeys;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.WindowStore;
import org.jspecify.annotations.Nullable;

/**
 * Adds each record to the windows it belongs to, one of each size for its worker and one for all workers, and passes
 * the new sums on. Late is what comes when the partition's time is past its window's end by more than the grace: that
 * time is committed with the offsets, so a restart does not change who is late.
 */
final class WindowUpdates implements Processor<byte[], Told, byte[], Throughput> {
    private final Sums sums;
    private final Duration grace;
    private final Counters counters;
    private final Map<WindowSize, WindowStore<ThroughputScope, Throughput>> stores = new EnumMap<>(WindowSize.class);
    private @Nullable ProcessorContext<byte[], Throughput> context;

    WindowUpdates(Sums sums, Duration grace, Counters counters) {
        this.sums = sums;
        this.grace = grace;
        this.counters = counters;
    }

    @Override
    public void init(ProcessorContext<byte[], Throughput> context) {
        this.context = context;
        for (WindowSize size : WindowSize.values()) {
            stores.put(size, context.getStateStore(ThroughputTopology.storeOf(size)));
        }
    }

    @Override
    public void process(Record<byte[], Told> record) {
        if (record.value() instanceof Told.Statistics told) {
            BatchStatistics statistics = told.statistics();
            ThroughputScope scope = new ThroughputScope(
                    statistics.model().id(), statistics.model().revision(), statistics.worker());
            for (WindowSize size : WindowSize.values()) {
                for (ThroughputScope each : List.of(scope, scope.allWorkers())) {
                    update(each, size, statistics, record.timestamp());
                }
            }
        } else {
            String reason = record.value() instanceof Told.Nothing nothing ? nothing.reason() : "it has no value";
            counters.undecodable(where(), reason);
        }
    }

    private void update(ThroughputScope scope, WindowSize size, BatchStatistics statistics, long timestamp) {
        Instant now = Instant.ofEpochMilli(requireNonNull(context).currentStreamTimeMs());
        Instant start = size.startOf(Instant.ofEpochMilli(timestamp));
        boolean late = !start.plus(size.duration()).plus(grace).isAfter(now);
        if (late && scope.worker() == null) {
            counters.late(where(), size.word());
        }
        WindowStore<ThroughputScope, Throughput> store = requireNonNull(stores.get(size));
        Instant takes = late ? size.startOf(now) : start;
        Throughput before = Optional.ofNullable(store.fetch(scope, takes.toEpochMilli()))
                .orElseGet(() -> Throughput.none(scope, size, takes));
        Throughput after = late ? sums.plusLate(before, statistics) : sums.plus(before, statistics);
        store.put(scope, after, takes.toEpochMilli());
        requireNonNull(context).forward(new Record<>(ThroughputKeys.encode(after), after, timestamp));
    }

    private String where() {
        return requireNonNull(context)
                .recordMetadata()
                .map(WindowUpdates::position)
                .orElse("a record");
    }

    private static String position(RecordMetadata record) {
        return record.topic() + "-" + record.partition() + "@" + record.offset();
    }
}
