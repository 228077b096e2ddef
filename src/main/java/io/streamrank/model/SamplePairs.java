package io.streamrank.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A few dozen short queries, each with a document that answers it, one that is near and one that is not: real text to try
 * a model with before it serves.
 */
final class SamplePairs {
    private static final String RESOURCE = "/precision/pairs.tsv";

    private SamplePairs() {}

    /** As this tokenizer gives them, the shortest first. */
    static List<EncodedPair> encoded(PairTokenizer tokenizer) {
        List<EncodedPair> pairs = new ArrayList<>();
        documentsByQuery().forEach((query, documents) -> pairs.addAll(tokenizer.encode(query, documents)));
        pairs.sort(Comparator.comparingInt(EncodedPair::tokens));
        return pairs;
    }

    private static Map<String, List<String>> documentsByQuery() {
        Map<String, List<String>> documents = new LinkedHashMap<>();
        try (InputStream in = SamplePairs.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is not on the class path");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                documents
                        .computeIfAbsent(line.substring(0, tab), any -> new ArrayList<>())
                        .add(line.substring(tab + 1));
            }
            return documents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
