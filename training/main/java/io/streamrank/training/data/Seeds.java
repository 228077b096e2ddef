package io.streamrank.training.data;

/** Makes independent random seeds from what they shall depend on. */
public final class Seeds {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Seeds() {}

    /** One seed from several numbers; another one if any of them, or their order, differs. */
    public static long of(long... parts) {
        long seed = 0;
        for (long part : parts) {
            seed = mixed(seed + GOLDEN + mixed(part + GOLDEN));
        }
        return seed;
    }

    /** SplitMix64's finalizer: every bit of the result depends on every bit of the number. */
    static long mixed(long number) {
        long z = (number ^ (number >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
