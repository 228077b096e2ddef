package io.streamrank.batch;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How much text one transaction should carry so that scoring it takes about the target time: enough to fill the device
 * and spread the cost of a commit, little enough that results leave soon. Learns the model's speed as it goes; a slow
 * machine gets small transactions, a fast one large ones, with nothing to tune. Thread-safe.
 */
public final class TransactionPacer {
    /** Weight of the newest measurement in the running mean. */
    private static final double NEWEST = 0.3;

    private final Duration target;
    private final long minChars;
    private double charsPerNano;

    /**
     * @param target how long scoring a transaction's worth of text should take
     * @param minChars what a transaction may always carry, whatever the speed: about one forward pass
     */
    public TransactionPacer(Duration target, long minChars) {
        this.target = requireNonNull(target, "target");
        this.minChars = minChars;
    }

    /** Records that scoring so many characters of text took so long. */
    public synchronized void scored(long chars, Duration took) {
        if (chars == 0 || took.isZero()) {
            return;
        }
        double speed = (double) chars / took.toNanos();
        charsPerNano = charsPerNano == 0 ? speed : NEWEST * speed + (1 - NEWEST) * charsPerNano;
    }

    /** Characters of text the next transaction should carry at most; a larger single request still goes alone. */
    public synchronized long budgetChars() {
        return Math.max(minChars, (long) (charsPerNano * target.toNanos()));
    }
}
