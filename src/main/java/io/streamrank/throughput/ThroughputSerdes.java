package io.streamrank.throughput;

import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputCodec;
import io.streamrank.contract.ThroughputKeys;
import io.streamrank.contract.ThroughputScope;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Scopes and windows as stores, their changelogs and the throughput topic hold them: as the contract writes them. */
final class ThroughputSerdes {
    private ThroughputSerdes() {}

    static Serde<ThroughputScope> scopes() {
        return Serdes.serdeFrom((topic, scope) -> ThroughputKeys.encode(scope), (topic, bytes) -> {
            try {
                return ThroughputKeys.decodeScope(bytes);
            } catch (RejectedException e) {
                throw new SerializationException(topic + ": " + e.getMessage(), e);
            }
        });
    }

    static Serde<Throughput> windows() {
        ThroughputCodec codec = new ThroughputCodec();
        return Serdes.serdeFrom((topic, window) -> codec.encode(window), (topic, bytes) -> {
            try {
                return codec.decode(bytes);
            } catch (RejectedException e) {
                throw new SerializationException(topic + ": " + e.getMessage(), e);
            }
        });
    }
}
