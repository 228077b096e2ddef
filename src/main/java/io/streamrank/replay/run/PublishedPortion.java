package io.streamrank.replay.run;

import java.util.Base64;
import java.util.BitSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Which portion was published last, as the broker keeps it: the number as an offset, the rest beside it.
 *
 * @param number counted from 1; 0 where none was
 * @param digest by which the portion is known
 * @param rankings which of its rankings are published
 */
record PublishedPortion(long number, String digest, BitSet rankings) {
    private static final PublishedPortion NONE = new PublishedPortion(0, "", new BitSet());

    PublishedPortion {
        rankings = (BitSet) rankings.clone();
    }

    @Override
    public BitSet rankings() {
        return (BitSet) rankings.clone();
    }

    /** Null stands for none. */
    static PublishedPortion of(@Nullable OffsetAndMetadata offset) {
        if (offset == null) {
            return NONE;
        }
        String[] parts = offset.metadata().split(" ", 2);
        BitSet rankings = parts.length < 2
                ? new BitSet()
                : BitSet.valueOf(Base64.getDecoder().decode(parts[1]));
        return new PublishedPortion(offset.offset(), parts[0], rankings);
    }

    OffsetAndMetadata offset() {
        return new OffsetAndMetadata(number, digest + " " + Base64.getEncoder().encodeToString(rankings.toByteArray()));
    }
}
