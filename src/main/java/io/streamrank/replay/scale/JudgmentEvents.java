package io.streamrank.replay.scale;

import io.streamrank.contract.Framing;
import io.streamrank.contract.Judgment;
import io.streamrank.contract.JudgmentCodec;
import io.streamrank.contract.JudgmentKeys;
import io.streamrank.contract.RejectedException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Judgments as the topic of judgments holds them; a record without a value withdraws what its key names. */
public final class JudgmentEvents implements JudgmentReader {
    private final JudgmentCodec codec;

    /** @param framing of judgments; looking up their schemas may wait */
    public JudgmentEvents(Framing framing) {
        codec = new JudgmentCodec(framing);
    }

    @Override
    public Optional<Judged> read(byte @Nullable [] key, byte @Nullable [] value, long timestamp) {
        try {
            if (value == null) {
                JudgmentKeys.Pair pair = JudgmentKeys.decode(key == null ? new byte[0] : key);
                return Optional.of(new Judged(pair.queryId(), pair.candidateId(), null, timestamp));
            }
            Judgment judgment = codec.decode(value);
            return Optional.of(new Judged(
                    judgment.queryId(),
                    judgment.candidateId(),
                    judgment.grade(),
                    judgment.time().toEpochMilli()));
        } catch (RejectedException e) {
            return Optional.empty();
        }
    }
}
