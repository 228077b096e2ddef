package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A BERT checkpoint as an ONNX file, for the peers: {@code input_ids}, {@code attention_mask} and {@code token_type_ids}
 * of (batch, sequence) in, {@code logits} of (batch, 1) out. It has the fused operators that ONNX Runtime's own
 * optimizer for transformers puts in place of an export's many small ones (EmbedLayerNormalization, Attention,
 * SkipLayerNormalization, BiasGelu), so that the peer is as fast as it can be.
 */
final class OnnxBert {
    private static final int FLOAT = 1;
    private static final int INT32 = 6;
    private static final int INT64 = 7;
    private static final int ATTRIBUTE_FLOAT = 1;
    private static final int ATTRIBUTE_INT = 2;
    private static final int IR_VERSION = 8;
    private static final int OPSET = 17;
    private static final String FUSED = "com.microsoft";
    private static final String PLAIN = "";

    private final ProtobufWriter graph = new ProtobufWriter();
    private final StoredTensors tensors;
    private final int hidden;
    private final int inner;
    private final int heads;
    private final int layers;
    private final float epsilon;

    private OnnxBert(JsonNode config, StoredTensors tensors) {
        this.tensors = tensors;
        hidden = config.path("hidden_size").asInt();
        inner = config.path("intermediate_size").asInt();
        heads = config.path("num_attention_heads").asInt();
        layers = config.path("num_hidden_layers").asInt();
        epsilon = (float) config.path("layer_norm_eps").asDouble();
        if (!config.path("model_type").asText().equals("bert")
                || !config.path("hidden_act").asText().equals("gelu")) {
            throw new IllegalArgumentException("only a BERT with the erf GELU can be written as ONNX");
        }
    }

    /** @param checkpoint a Hugging Face folder */
    static void write(Path checkpoint, Path file) throws IOException {
        JsonNode config =
                new ObjectMapper().readTree(checkpoint.resolve("config.json").toFile());
        StoredTensors tensors = StoredTensors.read(checkpoint.resolve("model.safetensors"));
        Files.write(file, new OnnxBert(config, tensors).model());
    }

    private byte[] model() {
        for (String name : List.of("input_ids", "attention_mask", "token_type_ids")) {
            node(PLAIN, "Cast", List.of(name), List.of(name + ".int"), new Attribute("to", INT32));
        }
        embeddings();
        String x = "embedded";
        for (int i = 0; i < layers; i++) {
            x = layer(x, "bert.encoder.layer." + i + ".");
        }
        head(x);
        graph.text(2, "bert");
        for (String name : List.of("input_ids", "attention_mask", "token_type_ids")) {
            declare(11, name, INT64, "sequence");
        }
        declare(12, "logits", FLOAT, null);
        return new ProtobufWriter()
                .number(1, IR_VERSION)
                .text(2, "streamrank-benchmarks")
                .bytes(7, graph.toBytes())
                .message(8, set -> set.text(1, PLAIN).number(2, OPSET))
                .message(8, set -> set.text(1, FUSED).number(2, 1))
                .toBytes();
    }

    private void embeddings() {
        String p = "bert.embeddings.";
        node(
                FUSED,
                "EmbedLayerNormalization",
                List.of(
                        "input_ids.int",
                        "token_type_ids.int",
                        table(p + "word_embeddings.weight"),
                        table(p + "position_embeddings.weight"),
                        table(p + "token_type_embeddings.weight"),
                        vector(p + "LayerNorm.weight"),
                        vector(p + "LayerNorm.bias"),
                        "attention_mask.int"),
                List.of("embedded", "lengths"),
                new Attribute("epsilon", epsilon));
    }

    private String layer(String x, String p) {
        node(
                FUSED,
                "Attention",
                List.of(x, queryKeyValue(p), queryKeyValueBias(p), "lengths"),
                List.of(p + "attended"),
                new Attribute("num_heads", heads));
        product(p + "attended", p + "attention.output.dense.weight", hidden, hidden, p + "projected");
        norm(p + "projected", x, p + "attention.output.", p + "middle");
        product(p + "middle", p + "intermediate.dense.weight", inner, hidden, p + "up");
        node(FUSED, "BiasGelu", List.of(p + "up", vector(p + "intermediate.dense.bias")), List.of(p + "active"));
        product(p + "active", p + "output.dense.weight", hidden, inner, p + "down");
        norm(p + "down", p + "middle", p + "output.", p + "out");
        return p + "out";
    }

    private void norm(String added, String residual, String p, String out) {
        node(
                FUSED,
                "SkipLayerNormalization",
                List.of(
                        added,
                        residual,
                        vector(p + "LayerNorm.weight"),
                        vector(p + "LayerNorm.bias"),
                        vector(p + "dense.bias")),
                List.of(out),
                new Attribute("epsilon", epsilon));
    }

    private void head(String x) {
        initializer("zero", INT64, List.of(), longBytes(0));
        node(PLAIN, "Gather", List.of(x, "zero"), List.of("first"), new Attribute("axis", 1));
        product("first", "bert.pooler.dense.weight", hidden, hidden, "pooler");
        node(PLAIN, "Add", List.of("pooler", vector("bert.pooler.dense.bias")), List.of("pooler.sum"));
        node(PLAIN, "Tanh", List.of("pooler.sum"), List.of("pooled"));
        product("pooled", "classifier.weight", 1, hidden, "score");
        node(PLAIN, "Add", List.of("score", vector("classifier.bias")), List.of("logits"));
    }

    private void product(String x, String weight, int out, int in, String result) {
        floats(weight, List.of(in, out), transposed(tensors.get(weight), out, in));
        node(PLAIN, "MatMul", List.of(x, weight), List.of(result));
    }

    /** (hidden, 3 hidden): query, key and value side by side. */
    private String queryKeyValue(String p) {
        float[] all = new float[hidden * 3 * hidden];
        for (int part = 0; part < 3; part++) {
            float[] stored = transposed(tensors.get(p + attention(part) + ".weight"), hidden, hidden);
            for (int row = 0; row < hidden; row++) {
                System.arraycopy(stored, row * hidden, all, (row * 3 + part) * hidden, hidden);
            }
        }
        return floats(p + "qkv.weight", List.of(hidden, 3 * hidden), all);
    }

    private String queryKeyValueBias(String p) {
        float[] all = new float[3 * hidden];
        for (int part = 0; part < 3; part++) {
            System.arraycopy(tensors.get(p + attention(part) + ".bias"), 0, all, part * hidden, hidden);
        }
        return floats(p + "qkv.bias", List.of(3 * hidden), all);
    }

    private static String attention(int part) {
        return "attention.self." + List.of("query", "key", "value").get(part);
    }

    private String vector(String name) {
        float[] values = tensors.get(name);
        return floats(name, List.of(values.length), values);
    }

    private String table(String name) {
        float[] values = tensors.get(name);
        return floats(name, List.of(values.length / hidden, hidden), values);
    }

    private static float[] transposed(float[] stored, int rows, int columns) {
        float[] turned = new float[stored.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                turned[column * rows + row] = stored[row * columns + column];
            }
        }
        return turned;
    }

    private String floats(String name, List<Integer> shape, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        initializer(name, FLOAT, shape, bytes.array());
        return name;
    }

    private static byte[] longBytes(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    private void initializer(String name, int type, List<Integer> shape, byte[] values) {
        graph.message(5, tensor -> {
            shape.forEach(size -> tensor.number(1, size));
            tensor.number(2, type).text(8, name).bytes(9, values);
        });
    }

    /** A node's attribute, a whole number or a float. */
    private record Attribute(String name, Number value) {
        void write(ProtobufWriter attribute) {
            attribute.text(1, name);
            if (value instanceof Float single) {
                attribute.single(2, single).number(20, ATTRIBUTE_FLOAT);
            } else {
                attribute.number(3, value.longValue()).number(20, ATTRIBUTE_INT);
            }
        }
    }

    private void node(String domain, String type, List<String> in, List<String> out, Attribute... attributes) {
        graph.message(1, node -> {
            in.forEach(name -> node.text(1, name));
            out.forEach(name -> node.text(2, name));
            node.text(3, out.get(0)).text(4, type);
            for (Attribute attribute : attributes) {
                node.message(5, attribute::write);
            }
            node.text(7, domain);
        });
    }

    /** An input or output of (batch, sequence) or (batch, 1). */
    private void declare(int field, String name, int type, @Nullable String second) {
        graph.message(
                field,
                value -> value.text(1, name)
                        .message(
                                2,
                                kind -> kind.message(
                                        1,
                                        tensor -> tensor.number(1, type)
                                                .message(
                                                        2,
                                                        shape -> shape.message(1, size -> size.text(2, "batch"))
                                                                .message(1, size -> {
                                                                    if (second == null) {
                                                                        size.number(1, 1);
                                                                    } else {
                                                                        size.text(2, second);
                                                                    }
                                                                })))));
    }
}
