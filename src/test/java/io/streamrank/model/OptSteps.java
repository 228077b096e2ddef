package io.streamrank.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Objects;

/** OPT for one pair in float64, written out: both orders of norms, with and without projections. */
final class OptSteps {
    private static final String DECODER = "model.decoder.";

    private final Map<String, RawTensor> tensors;
    private final int heads;
    private final int layers;
    private final boolean before;

    OptSteps(Map<String, RawTensor> tensors, int heads, int layers, boolean before) {
        this.tensors = tensors;
        this.heads = heads;
        this.layers = layers;
        this.before = before;
    }

    double score(int[] ids) {
        double[][] x = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            double[] word = row(DECODER + "embed_tokens.weight", ids[t]);
            if (tensors.containsKey(DECODER + "project_in.weight")) {
                word = linear(word, DECODER + "project_in");
            }
            x[t] = sum(word, row(DECODER + "embed_positions.weight", t + 2));
        }
        for (int i = 0; i < layers; i++) {
            layer(x, DECODER + "layers." + i + ".");
        }
        double[] last = x[ids.length - 1];
        if (before) {
            last = norm(last, DECODER + "final_layer_norm");
        }
        if (tensors.containsKey(DECODER + "project_out.weight")) {
            last = linear(last, DECODER + "project_out");
        }
        return linear(last, "score")[0];
    }

    private void layer(double[][] x, String p) {
        String attentionNorm = p + "self_attn_layer_norm";
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] y = before ? norm(x[t], attentionNorm) : x[t];
            q[t] = linear(y, p + "self_attn.q_proj");
            k[t] = linear(y, p + "self_attn.k_proj");
            v[t] = linear(y, p + "self_attn.v_proj");
        }
        for (int t = 0; t < x.length; t++) {
            double[] y = sum(x[t], linear(attend(q[t], k, v, t), p + "self_attn.out_proj"));
            y = before ? y : norm(y, attentionNorm);
            double[] up = linear(before ? norm(y, p + "final_layer_norm") : y, p + "fc1");
            for (int i = 0; i < up.length; i++) {
                up[i] = Math.max(up[i], 0);
            }
            y = sum(y, linear(up, p + "fc2"));
            x[t] = before ? y : norm(y, p + "final_layer_norm");
        }
    }

    private double[] attend(double[] q, double[][] k, double[][] v, int t) {
        int width = q.length / heads;
        double[] out = new double[q.length];
        for (int from = 0; from < q.length; from += width) {
            double total = 0;
            double[] read = new double[width];
            for (int j = 0; j <= t; j++) {
                double product = 0;
                for (int i = 0; i < width; i++) {
                    product += q[from + i] * k[j][from + i];
                }
                double weight = Math.exp(product / Math.sqrt(width));
                total += weight;
                for (int i = 0; i < width; i++) {
                    read[i] += weight * v[j][from + i];
                }
            }
            for (int i = 0; i < width; i++) {
                out[from + i] = read[i] / total;
            }
        }
        return out;
    }

    private double[] linear(double[] x, String name) {
        RawTensor weight = Objects.requireNonNull(tensors.get(name + ".weight"), name);
        double[] y = new double[weight.shape().get(0)];
        for (int i = 0; i < y.length; i++) {
            double[] row = row(name + ".weight", i);
            for (int j = 0; j < x.length; j++) {
                y[i] += row[j] * x[j];
            }
        }
        return tensors.containsKey(name + ".bias") ? sum(y, row(name + ".bias", 0)) : y;
    }

    private double[] norm(double[] x, String name) {
        double mean = 0;
        for (double value : x) {
            mean += value / x.length;
        }
        double variance = 0;
        for (double value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        double[] weight = row(name + ".weight", 0);
        double[] bias = row(name + ".bias", 0);
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + 1e-5) * weight[i] + bias[i];
        }
        return y;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    private double[] row(String name, int index) {
        RawTensor tensor = Objects.requireNonNull(tensors.get(name), name);
        int width = tensor.shape().get(tensor.shape().size() - 1);
        ByteBuffer data = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
        double[] row = new double[width];
        for (int i = 0; i < width; i++) {
            row[i] = data.getFloat((index * width + i) * Float.BYTES);
        }
        return row;
    }
}
