package io.streamrank.model;

import java.util.Arrays;
import java.util.Random;

/**
 * A batch of random sequences and what the Mamba recurrence gives for it, token by token in float64: per channel
 * {@code h = exp(dt a) h + dt x b} and {@code y = h c}. A head of Mamba-2 is a run of channels with one dt and one a.
 */
final class Recurrence {
    final int[] lengths;
    final int tokens;
    final int heads;
    final int width;
    final int state;
    final float[] x;
    final float[] dt;
    final float[] a;
    final float[] b;
    final float[] c;
    final float[] before;

    /** @param decays how many entries of a a head has: 1 for Mamba-2, the state size for Mamba */
    Recurrence(Random random, int heads, int width, int state, int decays, int... lengths) {
        this.lengths = lengths;
        this.tokens = Arrays.stream(lengths).sum();
        this.heads = heads;
        this.width = width;
        this.state = state;
        x = normal(random, tokens * heads * width);
        dt = normal(random, tokens * heads);
        a = normal(random, heads * decays);
        b = normal(random, tokens * state);
        c = normal(random, tokens * state);
        before = normal(random, lengths.length * heads * width * state);
        for (int i = 0; i < dt.length; i++) {
            dt[i] = (float) Math.log1p(Math.exp(dt[i] - 2));
        }
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) -Math.exp(2 * a[i]);
        }
    }

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** The packed buffer; ids and positions play no part. */
    int[] packed() {
        int[] packed = new int[3 + lengths.length + 3 * tokens];
        packed[0] = lengths.length;
        packed[1] = Arrays.stream(lengths).max().orElseThrow();
        for (int i = 0; i < lengths.length; i++) {
            packed[3 + i] = packed[2 + i] + lengths[i];
        }
        return packed;
    }

    /** Outputs (tokens, heads, width), then states after each sequence (sequences, heads, width, state). */
    double[] steps() {
        int channels = heads * width;
        double[] out = new double[tokens * channels + before.length];
        double[] h = new double[before.length];
        for (int i = 0; i < h.length; i++) {
            h[i] = before[i];
        }
        int t = 0;
        for (int s = 0; s < lengths.length; s++) {
            for (int end = t + lengths[s]; t < end; t++) {
                for (int channel = 0; channel < channels; channel++) {
                    out[t * channels + channel] = step(h, (s * channels + channel) * state, t, channel);
                }
            }
        }
        System.arraycopy(h, 0, out, tokens * channels, h.length);
        return out;
    }

    private double step(double[] h, int at, int t, int channel) {
        int head = channel / width;
        int decays = a.length / heads;
        double dtHere = dt[t * heads + head];
        double y = 0;
        for (int n = 0; n < state; n++) {
            double decay = Math.exp(dtHere * a[head * decays + n % decays]);
            h[at + n] = h[at + n] * decay + dtHere * x[t * heads * width + channel] * b[t * state + n];
            y += h[at + n] * c[t * state + n];
        }
        return y;
    }
}
