package io.streamrank.benchmarks;

import io.streamrank.contract.Candidate;
import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Questions of the shipped sample with what BM25 found for them, real texts of real lengths.
 *
 * @param query the question
 * @param documents its candidates
 */
record SamplePassages(String query, List<String> documents) {
    private static final Path SAMPLE = Path.of("samples/squad11-dev");

    SamplePassages {
        documents = List.copyOf(documents);
    }

    /**
     * The first of them.
     *
     * @param words what is kept of each document; 0 for all
     */
    static List<SamplePassages> read(int queries, int depth, int words) throws IOException {
        List<SamplePassages> all = new ArrayList<>();
        for (CandidateList list : CandidateLists.read(new BeirFolder(SAMPLE, null), depth)) {
            if (all.size() < queries) {
                all.add(new SamplePassages(
                        list.query().text(),
                        list.candidates().stream()
                                .map(Candidate::text)
                                .map(text -> words == 0 ? text : first(words, text))
                                .toList()));
            }
        }
        return all;
    }

    private static String first(int words, String text) {
        return Arrays.stream(text.split(" ")).limit(words).collect(Collectors.joining(" "));
    }
}
