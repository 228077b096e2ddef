package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.replay.scale.MeasureSums.Change;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.test.TestRecord;

/**
 * The topology's processors as tasks of several partitions, which share queries and totals by their keys, each at its
 * own pace: what the driver of Kafka Streams' own tests, with one task of each kind, cannot show.
 */
final class TestingTasks {
    private final MeasuresSettings settings;
    private final Path folder;
    private final Random random;
    private final int partitions;
    private final Task<byte[], byte[], String, SourceEvent> rankings;
    private final Task<byte[], byte[], String, SourceEvent> judgments;
    private final List<Task<String, QueryEvent, String, QueryUpdate>> queries;
    private final List<Task<String, Change, String, MeasureSums>> sums;

    /** What waits between the steps, by sending and receiving task: in order there, and nowhere else. */
    private final Map<String, Deque<Runnable>> waiting = new HashMap<>();

    private final List<KeyValue<byte[], byte[]>> measures = new ArrayList<>();
    private final List<KeyValue<byte[], byte[]>> totals = new ArrayList<>();
    private final MeasureRecords records;

    TestingTasks(MeasuresSettings settings, Path folder, Random random) {
        this.settings = settings;
        this.folder = folder;
        this.random = random;
        this.partitions = settings.partitions();
        this.records = new MeasureRecords(settings);
        LeftOut leftOut = new LeftOut();
        rankings = new Task<>(() -> new Rankings(settings, Framing.SINGLE_OBJECT, leftOut), 0, 0);
        judgments = new Task<>(() -> new Judgments(settings, new JudgmentEvents(Framing.SINGLE_OBJECT), leftOut), 0, 0);
        queries = tasks(QueryUpdates.supplier(settings), 1);
        sums = tasks(SumUpdates.supplier("sums"), 2);
    }

    private <K, V, L, W> List<Task<K, V, L, W>> tasks(ProcessorSupplier<K, V, L, W> supplier, int subtopology) {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> new Task<>(supplier, subtopology, partition))
                .toList();
    }

    /** A processor with stores of its own. */
    private final class Task<K, V, L, W> {
        private final Processor<K, V, L, W> processor;
        private final MockProcessorContext<L, W> context;

        Task(ProcessorSupplier<K, V, L, W> supplier, int subtopology, int partition) {
            Properties properties = new Properties();
            properties.put("application.id", settings.application());
            properties.put("bootstrap.servers", "127.0.0.1:1");
            context = new MockProcessorContext<>(properties, new TaskId(subtopology, partition), folder.toFile());
            if (supplier.stores() != null) {
                for (StoreBuilder<?> builder : supplier.stores()) {
                    StateStore store = builder.withLoggingDisabled().build();
                    store.init(context.getStateStoreContext(), store);
                    context.addStateStore((KeyValueStore<?, ?>) store);
                }
            }
            processor = supplier.get();
            processor.init(context);
        }

        List<Record<L, W>> of(Record<K, V> record) {
            context.resetForwards();
            processor.process(record);
            List<Record<L, W>> forwarded = new ArrayList<>();
            for (CapturedForward<? extends L, ? extends W> each : context.forwarded()) {
                forwarded.add(new Record<>(
                        each.record().key(),
                        each.record().value(),
                        each.record().timestamp()));
            }
            return forwarded;
        }
    }

    void ranked(TestRecord<byte[], byte[]> record) {
        rankings.context.setRecordMetadata("ranked", 0, 0);
        source(rankings.of(record(record)));
    }

    void judged(TestRecord<byte[], byte[]> record) {
        judgments.context.setRecordMetadata("judgments", 0, 0);
        source(judgments.of(record(record)));
    }

    private static Record<byte[], byte[]> record(TestRecord<byte[], byte[]> record) {
        Long timestamp = record.timestamp();
        return new Record<>(record.key(), record.value(), timestamp == null ? 0 : timestamp, record.headers());
    }

    private void source(List<Record<String, SourceEvent>> found) {
        for (Record<String, SourceEvent> each : found) {
            LeftOut.Reason reason = each.value().leftOut();
            if (reason != null) {
                String key = Total.leftOut(reason).key();
                later("source", sums, key, new Record<>(key, Change.ofCount(1), 0), this::summed);
            }
            for (QueryEvent event : each.value().events()) {
                later("source", queries, each.key(), new Record<>(each.key(), event, 0), this::updated);
            }
        }
    }

    private void updated(Record<String, QueryUpdate> update) {
        if (update.value().isToBeTold()) {
            measures.add(KeyValue.pair(
                    records.queryKey(update.key()),
                    records.queryValue(update.key(), update.value().after())));
        }
        for (KeyValue<String, Change> change : update.value().changes()) {
            String from = "query" + update.value().task();
            later(from, sums, change.key, new Record<>(change.key, change.value, 0), this::summed);
        }
    }

    private void summed(Record<String, MeasureSums> sum) {
        Total total = Total.parse(sum.key());
        totals.add(KeyValue.pair(records.totalKey(total), records.totalValue(total, sum.value())));
    }

    private <V, W> void later(
            String from,
            List<Task<String, V, String, W>> tasks,
            String key,
            Record<String, V> record,
            Consumer<Record<String, W>> then) {
        int partition = Math.floorMod(key.hashCode(), partitions);
        waiting.computeIfAbsent(from + tasks.hashCode() + "/" + partition, any -> new ArrayDeque<>())
                .add(() -> tasks.get(partition).of(record).forEach(then));
    }

    /** Lets the tasks work, in any order, until nothing waits. */
    void work() {
        List<String> busy = new ArrayList<>(waiting.keySet());
        while (!busy.isEmpty()) {
            String lane = busy.get(random.nextInt(busy.size()));
            requireNonNull(requireNonNull(waiting.get(lane)).poll()).run();
            waiting.values().removeIf(Deque::isEmpty);
            busy = new ArrayList<>(waiting.keySet());
        }
    }

    List<KeyValue<byte[], byte[]>> measures() {
        return measures;
    }

    List<KeyValue<byte[], byte[]>> totals() {
        return totals;
    }
}
