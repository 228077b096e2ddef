package io.streamrank.replay.scale;

import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.replay.scale.MeasureSums.Change;
import io.streamrank.replay.scale.RankedQuery.ModelKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * From rankings and judgments to measures. Both are brought together by query, where a ranking or a judgment more changes
 * the values of that query; the changes are brought together by model, and change its sums. So a grade that comes late, or
 * is corrected, corrects the measures.
 */
public final class MeasuresTopology {
    private static final String QUERIES = "replay-queries";
    private static final String SUMS = "replay-sums";

    private MeasuresTopology() {}

    /** The topology of these settings; run it with exactly-once processing. */
    public static Topology of(MeasuresSettings settings, JudgmentReader judgments) {
        StreamsBuilder builder = new StreamsBuilder();
        Serde<byte[]> bytes = Serdes.ByteArray();
        Consumed<byte[], byte[]> consumed = Consumed.with(bytes, bytes);
        KStream<String, QueryEvent> ranked = builder.stream(
                        new TreeSet<>(settings.rankedTopics()), consumed.withName("ranked"))
                .process(Rankings::new, Named.as("by-ranked-query"));
        KStream<String, QueryEvent> judged = builder.stream(settings.judgmentsTopic(), consumed.withName("judgments"))
                .process(() -> new Judgments(judgments), Named.as("by-judged-query"));
        ranked.merge(judged)
                .repartition(Repartitioned.with(Serdes.String(), JsonSerde.of(QueryEvent.class))
                        .withName("by-query")
                        .withNumberOfPartitions(settings.partitions()))
                .process(new Queries(settings), Named.as("queries"))
                .repartition(Repartitioned.with(Serdes.String(), JsonSerde.of(Change.class))
                        .withName("by-model")
                        .withNumberOfPartitions(settings.partitions()))
                .process(new Sums(settings), Named.as("sums"))
                .to(settings.sumsTopic(), Produced.with(Serdes.String(), bytes).withName("means"));
        return builder.build();
    }

    /** Rankings by query; what is none, or says that a deadline had passed, is left out. */
    private static final class Rankings extends ContextualProcessor<byte[], byte[], String, QueryEvent> {
        private final RankedListCodec codec = new RankedListCodec();

        @Override
        public void process(Record<byte[], byte[]> record) {
            try {
                Ranking ranking = codec.decode(record.value());
                if (ranking.outcome() == Ranking.Outcome.RANKED) {
                    context()
                            .forward(record.withKey(RankedQuery.query(ranking))
                                    .withValue(new QueryEvent(RankedQuery.of(ranking), null)));
                }
            } catch (RejectedException e) {
                // Whoever writes there without being a worker is not measured.
            }
        }
    }

    /** Judgments by query. */
    private static final class Judgments extends ContextualProcessor<byte[], byte[], String, QueryEvent> {
        private final JudgmentReader reader;

        Judgments(JudgmentReader reader) {
            this.reader = reader;
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            reader.read(record.key(), record.value(), record.timestamp())
                    .ifPresent(judged -> context()
                            .forward(record.withKey(judged.queryId()).withValue(new QueryEvent(null, judged))));
        }
    }

    /** From what happens to a query to how its values change. */
    private record Queries(MeasuresSettings settings) implements ProcessorSupplier<String, QueryEvent, String, Change> {
        @Override
        public Processor<String, QueryEvent, String, Change> get() {
            return new QueryUpdates(settings);
        }

        @Override
        public Set<StoreBuilder<?>> stores() {
            return Set.of(Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(QUERIES), Serdes.String(), JsonSerde.of(QueryState.class)));
        }
    }

    private static final class QueryUpdates extends ContextualProcessor<String, QueryEvent, String, Change> {
        private final MeasuresSettings settings;
        private @Nullable KeyValueStore<String, QueryState> store;

        QueryUpdates(MeasuresSettings settings) {
            this.settings = settings;
        }

        @Override
        public void init(ProcessorContext<String, Change> context) {
            super.init(context);
            store = context.getStateStore(QUERIES);
        }

        @Override
        public void process(Record<String, QueryEvent> record) {
            KeyValueStore<String, QueryState> states = store;
            if (states == null) {
                throw new IllegalStateException("not initialized");
            }
            QueryState known = states.get(record.key());
            QueryState before = known == null ? QueryState.EMPTY : known;
            QueryState after = before.after(record.value());
            if (after == before) {
                return;
            }
            states.put(record.key(), after);
            Map<ModelKey, double[]> old = before.values(settings.measures(), settings.options());
            Map<ModelKey, double[]> now = after.values(settings.measures(), settings.options());
            Set<String> seen = new TreeSet<>();
            List<ModelKey> models = new ArrayList<>(now.keySet());
            models.addAll(old.keySet());
            for (ModelKey model : models) {
                double[] was = old.get(model);
                double[] is = now.get(model);
                if (seen.add(model.word()) && !Arrays.equals(was, is)) {
                    context().forward(record.withKey(model.word()).withValue(new Change(model, list(was), list(is))));
                }
            }
        }

        private static List<Double> list(double @Nullable [] values) {
            return values == null ? List.of() : Arrays.stream(values).boxed().toList();
        }
    }

    /** From changes to a model's sums. */
    private record Sums(MeasuresSettings settings) implements ProcessorSupplier<String, Change, String, byte[]> {
        @Override
        public Processor<String, Change, String, byte[]> get() {
            return new SumUpdates(settings);
        }

        @Override
        public Set<StoreBuilder<?>> stores() {
            return Set.of(Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(SUMS), Serdes.String(), JsonSerde.of(MeasureSums.class)));
        }
    }

    private static final class SumUpdates extends ContextualProcessor<String, Change, String, byte[]> {
        private final MeasuresSettings settings;
        private @Nullable KeyValueStore<String, MeasureSums> store;

        SumUpdates(MeasuresSettings settings) {
            this.settings = settings;
        }

        @Override
        public void init(ProcessorContext<String, byte[]> context) {
            super.init(context);
            store = context.getStateStore(SUMS);
        }

        @Override
        public void process(Record<String, Change> record) {
            KeyValueStore<String, MeasureSums> sums = store;
            if (sums == null) {
                throw new IllegalStateException("not initialized");
            }
            MeasureSums known = sums.get(record.key());
            MeasureSums before =
                    known == null ? MeasureSums.zero(settings.measures().size()) : known;
            MeasureSums after = before.after(record.value());
            sums.put(record.key(), after);
            context().forward(record.withValue(JsonSerde.means(record.value().model(), after, settings)));
        }
    }
}
