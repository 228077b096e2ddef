package io.streamrank.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.streamrank.model.EncodedPair;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The peer as one would use it at its best: pairs sorted by length, padded to the longest of their batch, every
 * optimization on.
 */
final class OnnxScorer implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final SessionOptions options;
    private final OrtSession session;

    OnnxScorer(Path file, int threads) throws OrtException {
        options = options(threads);
        session = environment.createSession(file.toString(), options);
    }

    static SessionOptions options(int threads) throws OrtException {
        SessionOptions options = new SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
        return options;
    }

    /** @param size pairs of a batch */
    float[] score(List<EncodedPair> pairs, int size) throws OrtException {
        List<Integer> order = IntStream.range(0, pairs.size())
                .boxed()
                .sorted(Comparator.comparingInt(index -> pairs.get(index).tokens()))
                .toList();
        float[] scores = new float[pairs.size()];
        for (int from = 0; from < order.size(); from += size) {
            List<Integer> batch = order.subList(from, Math.min(order.size(), from + size));
            float[] part = batch(batch.stream().map(pairs::get).toList());
            for (int i = 0; i < part.length; i++) {
                scores[batch.get(i)] = part[i];
            }
        }
        return scores;
    }

    private float[] batch(List<EncodedPair> pairs) throws OrtException {
        int longest = pairs.get(pairs.size() - 1).tokens();
        LongBuffer ids = buffer(pairs.size() * longest);
        LongBuffer mask = buffer(pairs.size() * longest);
        LongBuffer types = buffer(pairs.size() * longest);
        for (int i = 0; i < pairs.size(); i++) {
            EncodedPair pair = pairs.get(i);
            for (int j = 0; j < pair.tokens(); j++) {
                int at = i * longest + j;
                ids.put(at, pair.ids()[j]);
                mask.put(at, 1);
                types.put(at, pair.typeIds()[j]);
            }
        }
        long[] shape = {pairs.size(), longest};
        try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, ids, shape);
                OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask, shape);
                OnnxTensor typeTensor = OnnxTensor.createTensor(environment, types, shape);
                OrtSession.Result result = session.run(
                        Map.of("input_ids", idTensor, "attention_mask", maskTensor, "token_type_ids", typeTensor))) {
            float[] scores = new float[pairs.size()];
            ((OnnxTensor) result.get(0)).getFloatBuffer().get(scores);
            return scores;
        }
    }

    private static LongBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
    }

    @Override
    public void close() throws OrtException {
        session.close();
        options.close();
    }
}
