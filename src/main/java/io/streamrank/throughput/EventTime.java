package io.streamrank.throughput;

import java.time.Clock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * When statistics count: at the time they tell, but never later than now. A worker whose clock is a day ahead would
 * otherwise close everybody's windows of that day.
 */
final class EventTime implements TimestampExtractor {
    private final Clock clock;

    EventTime(Clock clock) {
        this.clock = clock;
    }

    @Override
    public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
        if (record.value() instanceof Told.Statistics told) {
            long time = told.statistics().time().toEpochMilli();
            return Math.max(0, Math.min(time, clock.millis()));
        }
        // Counted, but in no window.
        return Math.max(0, partitionTime);
    }
}
