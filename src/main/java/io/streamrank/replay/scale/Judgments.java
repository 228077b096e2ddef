package io.streamrank.replay.scale;

import io.streamrank.replay.scale.JudgmentReader.Judged;
import io.streamrank.replay.scale.LeftOut.Reason;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Judgments by query; what is none is left out. */
final class Judgments extends ContextualProcessor<byte[], byte[], String, QueryEvent> {
    private final JudgmentReader reader;
    private final LeftOut leftOut;

    Judgments(JudgmentReader reader, LeftOut leftOut) {
        this.reader = reader;
        this.leftOut = leftOut;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Optional<Judged> judged = reader.read(record.key(), record.value(), record.timestamp());
        if (judged.isEmpty()) {
            leftOut.add(Reason.NO_JUDGMENT, Rankings.where(context().recordMetadata()));
        } else {
            context().forward(record.withKey(judged.get().queryId()).withValue(new QueryEvent(null, judged.get())));
        }
    }
}
