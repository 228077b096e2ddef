package io.streamrank.throughput;

import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.RejectedException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Reads statistics. Never throws: one bad record must not end the topology, and shall be seen. */
final class ToldDeserializer implements Deserializer<Told> {
    private final BatchStatisticsCodec codec = new BatchStatisticsCodec();

    @Override
    public Told deserialize(String topic, byte @Nullable [] value) {
        try {
            return new Told.Statistics(codec.decode(value));
        } catch (RejectedException e) {
            return new Told.Nothing(String.valueOf(e.getMessage()));
        }
    }
}
