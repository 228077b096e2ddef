package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.streamrank.training.data.ListScorer.Unscored;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Scores documents by how like the query an encoder finds them. Each text is read alone and its vector remembered, the
 * least used forgotten first, so that a document of many lists is read once.
 */
public final class SimilarityTeacher implements ListTeacher {
    /** By which sentence encoders are trained; a cosine alone would make a softmax nearly even. */
    public static final double USUAL_SCALE = 20;

    /** What remembered vectors may take: 170,000 of 384 numbers. */
    private static final long REMEMBERED_BYTES_MAX = 1L << 28;

    private final TextVectors vectors;
    private final double scale;
    private final Map<Key, float[]> remembered = new LinkedHashMap<>(16, 0.75f, true);
    private final long bytesMax;
    private long bytes;

    /** 128 bits of a text's SHA-256: texts themselves would take more memory than their vectors. */
    private record Key(long high, long low) {
        static Key of(String text) {
            try {
                ByteBuffer hash =
                        ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
                return new Key(hash.getLong(), hash.getLong());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }

    /** @param scale what a cosine is multiplied by, above 0 */
    public SimilarityTeacher(TextVectors vectors, double scale) {
        this(vectors, scale, REMEMBERED_BYTES_MAX);
    }

    SimilarityTeacher(TextVectors vectors, double scale, long bytesMax) {
        if (!(scale > 0 && Double.isFinite(scale))) {
            throw new IllegalArgumentException("scale is " + scale + ", expected more than 0");
        }
        this.vectors = vectors;
        this.scale = scale;
        this.bytesMax = bytesMax;
    }

    @Override
    public List<float[]> score(List<Unscored> lists) {
        Map<String, float[]> known = vectors(lists);
        List<float[]> scores = new ArrayList<>();
        for (Unscored list : lists) {
            float[] query = requireNonNull(known.get(list.query()));
            float[] own = new float[list.documents().size()];
            for (int i = 0; i < own.length; i++) {
                float[] document = requireNonNull(known.get(list.documents().get(i)));
                own[i] = (float) (scale * TextVectors.cosine(query, document));
                if (!Float.isFinite(own[i])) {
                    throw new IllegalStateException("the encoder finds query '" + list.query() + "' and a document "
                            + own[i] + " alike, expected a finite number");
                }
            }
            scores.add(own);
        }
        return scores;
    }

    /** Of all texts of some lists; those that are not remembered are read together. */
    private Map<String, float[]> vectors(List<Unscored> lists) {
        Map<String, float[]> known = new LinkedHashMap<>();
        Set<String> unknown = new LinkedHashSet<>();
        for (Unscored list : lists) {
            unknown.add(list.query());
            unknown.addAll(list.documents());
        }
        unknown.removeIf(text -> {
            float[] vector = remembered.get(Key.of(text));
            if (vector != null) {
                known.put(text, vector);
            }
            return vector != null;
        });
        List<String> texts = List.copyOf(unknown);
        List<float[]> read = texts.isEmpty() ? List.of() : vectors.of(texts);
        for (int i = 0; i < texts.size(); i++) {
            known.put(texts.get(i), read.get(i));
            remember(texts.get(i), read.get(i));
        }
        return known;
    }

    private void remember(String text, float[] vector) {
        bytes += (long) vector.length * Float.BYTES;
        remembered.put(Key.of(text), vector);
        while (bytes > bytesMax) {
            Map.Entry<Key, float[]> eldest = remembered.entrySet().iterator().next();
            bytes -= (long) eldest.getValue().length * Float.BYTES;
            remembered.remove(eldest.getKey());
        }
    }
}
