package io.streamrank.replay.scale;

import io.streamrank.replay.GradeBound;
import io.streamrank.replay.Measure;
import io.streamrank.replay.scale.JudgmentReader.Judged;
import io.streamrank.replay.scale.LeftOut.Reason;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Judgments by query; what is none is left out. */
final class Judgments extends ContextualProcessor<byte[], byte[], String, SourceEvent> {
    private final GradeBound grades;
    private final JudgmentReader reader;
    private final LeftOut leftOut;

    Judgments(MeasuresSettings settings, JudgmentReader reader, LeftOut leftOut) {
        this.grades =
                GradeBound.of(settings.measures().stream().map(Measure::name).toList());
        this.reader = reader;
        this.leftOut = leftOut;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Optional<Judged> judged = reader.read(record.key(), record.value(), record.timestamp());
        if (judged.isEmpty()) {
            leaveOut(record, Reason.NO_JUDGMENT, "");
        } else if (!isWithinBound(judged.get())) {
            leaveOut(
                    record,
                    Reason.GRADE_TOO_HIGH,
                    " (query " + judged.get().queryId() + ", document "
                            + judged.get().documentId() + ", grade "
                            + judged.get().grade() + ")");
        } else {
            context().forward(record.withKey(judged.get().queryId()).withValue(SourceEvent.of(judged.get())));
        }
    }

    private boolean isWithinBound(Judged judged) {
        Integer grade = judged.grade();
        return grade == null || grades.allows(grade);
    }

    private void leaveOut(Record<byte[], byte[]> record, Reason reason, String what) {
        leftOut.tell(reason, Rankings.where(context().recordMetadata()) + what);
        context().forward(record.withKey("").withValue(SourceEvent.leftOut(reason)));
    }
}
