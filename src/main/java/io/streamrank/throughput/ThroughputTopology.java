package io.streamrank.throughput;

import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * From statistics to windows, in one step: workers key their statistics by model, so one task sees all of a model and
 * nothing needs to be sent around first. Windows are in memory, with changelogs: they are few and small.
 */
final class ThroughputTopology {
    private ThroughputTopology() {}

    /** @param config what the topology will be run with */
    static Topology of(ThroughputSettings settings, StreamsConfig config, Clock clock, Counters counters) {
        StreamsBuilder builder = new StreamsBuilder(new TopologyConfig(config));
        Serde<byte[]> bytes = Serdes.ByteArray();
        Serde<Told> told = Serdes.serdeFrom(
                (topic, value) -> {
                    throw new UnsupportedOperationException("statistics are only read");
                },
                new ToldDeserializer());
        builder.stream(
                        settings.statisticsTopic(),
                        Consumed.with(bytes, told)
                                .withName("statistics")
                                .withTimestampExtractor(new EventTime(clock))
                                .withOffsetResetPolicy(AutoOffsetReset.earliest()))
                .process(new Updates(settings, counters), Named.as("windows"))
                .to(
                        settings.throughputTopic(),
                        Produced.with(bytes, ThroughputSerdes.windows()).withName("throughput"));
        return builder.build();
    }

    /** The name of the store of windows of this size. */
    static String storeOf(WindowSize size) {
        return "throughput-" + size.word();
    }

    private record Updates(ThroughputSettings settings, Counters counters)
            implements ProcessorSupplier<byte[], Told, byte[], Throughput> {
        @Override
        public Processor<byte[], Told, byte[], Throughput> get() {
            return new WindowUpdates(new Sums(settings.prices()), settings.grace(), counters);
        }

        @Override
        public Set<StoreBuilder<?>> stores() {
            return Stream.of(WindowSize.values()).map(this::store).collect(Collectors.toSet());
        }

        private StoreBuilder<?> store(WindowSize size) {
            Duration retention = settings.retention(size);
            Serde<ThroughputScope> scopes = ThroughputSerdes.scopes();
            return Stores.windowStoreBuilder(
                            Stores.inMemoryWindowStore(storeOf(size), retention, size.duration(), false),
                            scopes,
                            ThroughputSerdes.windows())
                    // Of many updates between two commits the changelog needs the last.
                    .withCachingEnabled();
        }
    }
}
