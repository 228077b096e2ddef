package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.ingest.RequestBounds;
import java.time.Duration;
import java.util.Map;

/**
 * How a topic is read.
 *
 * @param clientConfig the cluster's address, and what it asks of its clients
 * @param bounds how large a request may be; a larger one is counted and left out, as the worker would
 * @param aheadBytes how many bytes of records may be read before their turn, about, of each topic
 * @param windowBytes how many bytes of live rankings may wait for their lists
 * @param lead how much earlier than the first list live rankings are looked for: what clocks may differ by
 * @param pollTimeout how long a partition that has more may give nothing
 * @param framing of events; looking up their schemas may wait
 */
public record TopicReading(
        Map<String, Object> clientConfig,
        RequestBounds bounds,
        long aheadBytes,
        long windowBytes,
        Duration lead,
        Duration pollTimeout,
        Framing framing) {
    public TopicReading {
        clientConfig = Map.copyOf(clientConfig);
        requireNonNull(bounds, "bounds");
        requireNonNull(framing, "framing");
        if (aheadBytes < 1 || windowBytes < 1) {
            throw new IllegalArgumentException(
                    "at least one byte must be allowed, not " + aheadBytes + " and " + windowBytes);
        }
        if (lead.isNegative() || pollTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("durations must be positive, not " + lead + " and " + pollTimeout);
        }
    }

    BoundedLog.Reading bounded() {
        return new BoundedLog.Reading(clientConfig, aheadBytes, bounds.maxEventBytes(), pollTimeout);
    }
}
