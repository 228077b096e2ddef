package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.ListPlace;
import io.streamrank.replay.scale.MeasureSums.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/** From what happens to queries to how their values change, whatever order it happens in. */
final class QueryUpdates extends ContextualProcessor<String, QueryEvent, String, QueryUpdate> {
    private static final String QUERIES = "queries";
    private static final String LISTS = "lists";

    private final MeasuresSettings settings;
    private final QueryMeasures measures;
    private @Nullable KeyValueStore<String, QueryState> queries;
    private @Nullable KeyValueStore<String, ListState> lists;

    private QueryUpdates(MeasuresSettings settings) {
        this.settings = settings;
        this.measures = new QueryMeasures(settings);
    }

    static ProcessorSupplier<String, QueryEvent, String, QueryUpdate> supplier(MeasuresSettings settings) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, QueryEvent, String, QueryUpdate> get() {
                return new QueryUpdates(settings);
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(store(QUERIES, QueryState.class), store(LISTS, ListState.class));
            }

            private StoreBuilder<?> store(String name, Class<?> type) {
                KeyValueBytesStoreSupplier store =
                        settings.onDisk() ? Stores.persistentKeyValueStore(name) : Stores.inMemoryKeyValueStore(name);
                return Stores.keyValueStoreBuilder(store, Serdes.String(), JsonSerde.of(type));
            }
        };
    }

    @Override
    public void init(ProcessorContext<String, QueryUpdate> context) {
        super.init(context);
        queries = context.getStateStore(QUERIES);
        lists = context.getStateStore(LISTS);
    }

    @Override
    public void process(Record<String, QueryEvent> record) {
        String query = record.key();
        QueryState known = requireNonNull(queries).get(query);
        QueryState before = known == null ? QueryState.EMPTY : known;
        RankedEvent ranked = record.value().ranked();
        JudgmentReader.Judged judged = record.value().judged();
        if (ranked != null) {
            ranked(record, before, ranked);
        } else if (judged != null) {
            QueryState after = before.after(judged);
            if (after != before) {
                tell(record, after, null);
            }
        }
    }

    private void tell(Record<String, QueryEvent> record, QueryState state, @Nullable Change counts) {
        ListPlace place = state.counted();
        ListState counted = place == null ? null : requireNonNull(lists).get(ListKeys.of(record.key(), place));
        QueryOutcome outcome = measures.of(state, counted);
        requireNonNull(queries).put(record.key(), state.telling(outcome));
        context().forward(record.withValue(new QueryUpdate(task(), state.last(), outcome, counts)));
    }

    /** Who ranks a list twice is taken at the first word. */
    private void ranked(Record<String, QueryEvent> record, QueryState state, RankedEvent ranked) {
        String query = record.key();
        KeyValueStore<String, ListState> store = requireNonNull(lists);
        String key = ListKeys.of(query, ranked.place());
        ListState known = store.get(key);
        ListState before = known == null ? ListState.at(ranked.place()) : known;
        if (before.made().containsKey(ranked.contender())) {
            return;
        }
        ListPlace counted = state.counted();
        boolean late = counted != null && counted.compareTo(ranked.place()) < 0;
        ListState after = before.with(ranked);
        store.put(key, late ? after.bare() : after);
        boolean complete = after.made().size() == settings.contenders().size();
        Change counts = ListCounts.ranked(
                settings.contenders(), ranked.contender(), before.made().isEmpty(), complete);
        if (!complete) {
            context().forward(record.withValue(new QueryUpdate(task(), state.last(), state.last(), counts)));
            return;
        }
        if (!late) {
            forgetAfter(query, ranked.place(), counted);
        }
        tell(record, state.after(ranked.place()), counts);
    }

    private int task() {
        return context().taskId().partition();
    }

    /** Lists after the one that counts now will never count; those after the one that did are known to be so already. */
    private void forgetAfter(String query, ListPlace first, @Nullable ListPlace last) {
        KeyValueStore<String, ListState> store = requireNonNull(lists);
        String from = ListKeys.of(query, first);
        String to = last == null ? ListKeys.afterAll(query) : ListKeys.of(query, last);
        List<KeyValue<String, ListState>> found = new ArrayList<>();
        try (KeyValueIterator<String, ListState> all = store.range(from, to)) {
            all.forEachRemaining(found::add);
        }
        for (KeyValue<String, ListState> list : found) {
            if (!list.key.equals(from)) {
                store.put(list.key, list.value.bare());
            }
        }
    }
}
