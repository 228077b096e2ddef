package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.scale.MeasureSums.Change;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/** From changes to sums. They are few, and so always in memory. */
final class SumUpdates extends ContextualProcessor<String, Change, String, MeasureSums> {
    private final String name;
    private @Nullable KeyValueStore<String, MeasureSums> store;

    private SumUpdates(String name) {
        this.name = name;
    }

    /** @param name of the store */
    static ProcessorSupplier<String, Change, String, MeasureSums> supplier(String name) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, Change, String, MeasureSums> get() {
                return new SumUpdates(name);
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(name), Serdes.String(), JsonSerde.of(MeasureSums.class)));
            }
        };
    }

    @Override
    public void init(ProcessorContext<String, MeasureSums> context) {
        super.init(context);
        store = context.getStateStore(name);
    }

    @Override
    public void process(Record<String, Change> record) {
        MeasureSums known = requireNonNull(store).get(record.key());
        MeasureSums after = (known == null ? MeasureSums.ZERO : known).after(record.value());
        requireNonNull(store).put(record.key(), after);
        context().forward(record.withValue(after));
    }
}
