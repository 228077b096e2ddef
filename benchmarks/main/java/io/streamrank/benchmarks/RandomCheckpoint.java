package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A checkpoint of a published model's size with random weights: right for speed and memory, and for how far two ways of
 * computing the same differ; its rankings mean nothing. Weights are drawn so that activations keep their size from layer
 * to layer, so that scores depend on every token.
 */
final class RandomCheckpoint {
    private static final int BUFFER = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode config = JSON.createObjectNode();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final SplittableRandom random;

    private RandomCheckpoint(long seed) {
        random = new SplittableRandom(seed);
    }

    /** How a tensor's elements are drawn. */
    @FunctionalInterface
    private interface Draw {
        double next(RandomGenerator random, long index);
    }

    private record Tensor(int[] shape, Draw draw) {
        long size() {
            long size = 1;
            for (int dimension : shape) {
                size *= dimension;
            }
            return size;
        }
    }

    /**
     * A published model's dimensions with another vocabulary.
     *
     * @param name {@code mamba-130m} and {@code mamba2-130m} of state-spaces, or {@code qwen3-0.6b}
     */
    static RandomCheckpoint of(String name, int vocabulary, long seed) {
        RandomCheckpoint made = new RandomCheckpoint(seed);
        switch (name) {
            case "mamba-130m" -> made.mamba(24, 768, 1536, 16, 48, vocabulary);
            case "mamba2-130m" -> made.mamba2(24, 768, 1536, 128, 64, vocabulary);
            case "qwen3-0.6b" -> made.qwen3(28, 1024, 3072, 16, 8, 128, vocabulary);
            default ->
                throw new IllegalArgumentException(
                        "'" + name + "' is no known size: mamba-130m, mamba2-130m, qwen3-0.6b");
        }
        return made;
    }

    private void mamba(int layers, int hidden, int inner, int state, int rank, int vocabulary) {
        config.put("model_type", "mamba").put("hidden_size", hidden).put("intermediate_size", inner);
        config.put("num_hidden_layers", layers).put("state_size", state).put("time_step_rank", rank);
        config.put("conv_kernel", 4)
                .put("expand", 2)
                .put("vocab_size", vocabulary)
                .put("use_bias", false);
        embeddings("backbone.embeddings.weight", vocabulary, hidden);
        for (int i = 0; i < layers; i++) {
            String layer = "backbone.layers." + i + ".";
            ones(layer + "norm.weight", hidden);
            matrix(layer + "mixer.in_proj.weight", 2 * inner, hidden);
            convolution(layer + "mixer.conv1d", inner);
            matrix(layer + "mixer.x_proj.weight", rank + 2 * state, inner);
            matrix(layer + "mixer.dt_proj.weight", inner, rank);
            timeSteps(layer + "mixer.dt_proj.bias", inner);
            tensors.put(
                    layer + "mixer.A_log",
                    new Tensor(new int[] {inner, state}, (any, index) -> Math.log(1 + index % state)));
            ones(layer + "mixer.D", inner);
            matrix(layer + "mixer.out_proj.weight", hidden, inner);
        }
        ones("backbone.norm_f.weight", hidden);
        matrix("score.weight", 1, hidden);
    }

    private void mamba2(int layers, int hidden, int inner, int state, int width, int vocabulary) {
        int heads = inner / width;
        config.put("model_type", "mamba2").put("hidden_size", hidden).put("num_hidden_layers", layers);
        config.put("state_size", state)
                .put("head_dim", width)
                .put("num_heads", heads)
                .put("n_groups", 1);
        config.put("conv_kernel", 4)
                .put("expand", 2)
                .put("vocab_size", vocabulary)
                .put("use_bias", false);
        embeddings("backbone.embeddings.weight", vocabulary, hidden);
        for (int i = 0; i < layers; i++) {
            String layer = "backbone.layers." + i + ".";
            ones(layer + "norm.weight", hidden);
            matrix(layer + "mixer.in_proj.weight", 2 * inner + 2 * state + heads, hidden);
            convolution(layer + "mixer.conv1d", inner + 2 * state);
            timeSteps(layer + "mixer.dt_bias", heads);
            tensors.put(
                    layer + "mixer.A_log",
                    new Tensor(new int[] {heads}, (source, index) -> Math.log(1 + 15 * source.nextDouble())));
            ones(layer + "mixer.D", heads);
            ones(layer + "mixer.norm.weight", inner);
            matrix(layer + "mixer.out_proj.weight", hidden, inner);
        }
        ones("backbone.norm_f.weight", hidden);
        matrix("score.weight", 1, hidden);
    }

    private void qwen3(int layers, int hidden, int inner, int heads, int keyHeads, int width, int vocabulary) {
        config.put("model_type", "qwen3").put("hidden_size", hidden).put("intermediate_size", inner);
        config.put("num_hidden_layers", layers).put("num_attention_heads", heads);
        config.put("num_key_value_heads", keyHeads).put("head_dim", width).put("vocab_size", vocabulary);
        config.put("max_position_embeddings", 40960).put("rms_norm_eps", 1e-6).put("rope_theta", 1e6);
        embeddings("model.embed_tokens.weight", vocabulary, hidden);
        for (int i = 0; i < layers; i++) {
            String layer = "model.layers." + i + ".";
            ones(layer + "input_layernorm.weight", hidden);
            matrix(layer + "self_attn.q_proj.weight", heads * width, hidden);
            matrix(layer + "self_attn.k_proj.weight", keyHeads * width, hidden);
            matrix(layer + "self_attn.v_proj.weight", keyHeads * width, hidden);
            matrix(layer + "self_attn.o_proj.weight", hidden, heads * width);
            ones(layer + "self_attn.q_norm.weight", width);
            ones(layer + "self_attn.k_norm.weight", width);
            ones(layer + "post_attention_layernorm.weight", hidden);
            matrix(layer + "mlp.gate_proj.weight", inner, hidden);
            matrix(layer + "mlp.up_proj.weight", inner, hidden);
            matrix(layer + "mlp.down_proj.weight", hidden, inner);
        }
        ones("model.norm.weight", hidden);
        matrix("score.weight", 1, hidden);
    }

    private void embeddings(String name, int rows, int columns) {
        tensors.put(name, new Tensor(new int[] {rows, columns}, (source, index) -> source.nextGaussian()));
    }

    private void matrix(String name, int rows, int columns) {
        double deviation = 1 / Math.sqrt(columns);
        tensors.put(name, new Tensor(new int[] {rows, columns}, (source, index) -> deviation * source.nextGaussian()));
    }

    private void ones(String name, int size) {
        tensors.put(name, new Tensor(new int[] {size}, (source, index) -> 1));
    }

    private void convolution(String name, int channels) {
        tensors.put(
                name + ".weight", new Tensor(new int[] {channels, 1, 4}, (source, index) -> source.nextDouble() - 0.5));
        tensors.put(name + ".bias", new Tensor(new int[] {channels}, (source, index) -> source.nextDouble() - 0.5));
    }

    /** Time steps between 0.001 and 0.1 after softplus, even in their logarithm, as both Mambas are initialised. */
    private void timeSteps(String name, int size) {
        tensors.put(
                name,
                new Tensor(
                        new int[] {size},
                        (source, index) -> Math.log(Math.expm1(0.001 * Math.pow(100, source.nextDouble())))));
    }

    /**
     * Writes the folder, weights in float32.
     *
     * @param tokenizer an existing checkpoint, whose tokenizer is copied
     */
    Path write(Path folder, Path tokenizer) throws IOException {
        Files.createDirectories(folder);
        Files.copy(tokenizer.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("reranker.json"), "{\"append_eos\": false, \"max_length\": 2048}\n");
        JSON.writeValue(folder.resolve("config.json").toFile(), config);
        try (FileChannel file = FileChannel.open(
                folder.resolve("model.safetensors"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            write(file, ByteBuffer.wrap(header()));
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
            for (Tensor tensor : new ArrayList<>(tensors.values())) {
                for (long i = 0; i < tensor.size(); i++) {
                    buffer.putFloat((float) tensor.draw().next(random, i));
                    if (!buffer.hasRemaining()) {
                        write(file, buffer.flip());
                        buffer.clear();
                    }
                }
            }
            write(file, buffer.flip());
        }
        return folder;
    }

    private static void write(FileChannel file, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
    }

    private byte[] header() throws IOException {
        ObjectNode header = JSON.createObjectNode();
        long at = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            ObjectNode described = header.putObject(entry.getKey()).put("dtype", "F32");
            for (int dimension : entry.getValue().shape()) {
                described.withArray("shape").add(dimension);
            }
            long end = at + entry.getValue().size() * Float.BYTES;
            described.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        byte[] text = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        // The format wants the data aligned to 8 bytes.
        int length = (text.length + 7) / 8 * 8;
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(length).put(text);
        while (bytes.hasRemaining()) {
            bytes.put((byte) ' ');
        }
        return bytes.array();
    }
}
