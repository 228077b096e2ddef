package io.streamrank.training;

import java.util.List;

/**
 * A batch made ready for the devices that work on it together.
 *
 * @param shares one for each device; empty where there are fewer groups than devices
 */
record SharedBatch(List<PreparedBatch> shares) {
    SharedBatch {
        shares = List.copyOf(shares);
    }

    int groups() {
        return shares.stream().mapToInt(PreparedBatch::groups).sum();
    }

    int pairs() {
        return shares.stream().mapToInt(PreparedBatch::pairs).sum();
    }

    long tokens() {
        return shares.stream().mapToLong(PreparedBatch::tokens).sum();
    }

    /** Whether any group is too large to be scored at once. */
    boolean takesGroupsApart() {
        return shares.stream().flatMap(share -> share.parts().stream()).anyMatch(part -> !part.scoredAtOnce());
    }
}
