package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.TokenIds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents that come as the ids that the tokenizers library gives their texts. */
class DocumentIdsTest {
    private static final String LONG = "The oil crisis of 1973 began in October. ".repeat(60);

    @ParameterizedTest
    @MethodSource("io.streamrank.model.Golden#families")
    void giveThePairsAndScoresOfTheirTexts(String family) {
        Golden golden = Golden.read(family);
        Checkpoint checkpoint = Checkpoint.open(golden.folder());
        Architecture architecture = Families.read(checkpoint);
        CausalTemplate template =
                PairSettings.of(checkpoint, architecture, golden.maxLength()).causal();
        UnaryOperator<String> asRead = template == null ? text -> text : text -> template.text("", text);
        List<String> documents = new ArrayList<>(
                golden.pairs().stream().map(Golden.Pair::document).toList());
        documents.addAll(List.of("", " ", LONG));

        try (HuggingFaceTokenizer tokenizer = tokenizer(checkpoint.tokenizer());
                Reranker reranker = Rerankers.load(
                        golden.folder(),
                        "golden",
                        ModelSettings.defaults()
                                .withDevice("cpu")
                                .withDtype("float32")
                                .withStateCache(0, false)
                                .withMaxLength(golden.maxLength()))) {
            List<Candidate> candidates = new ArrayList<>();
            for (String document : documents) {
                int[] ids = ids(tokenizer, asRead.apply(document));
                String id = "d" + candidates.size();
                // A document without tokens comes as text, whatever the others come as.
                candidates.add(
                        ids.length == 0
                                ? new Candidate(id, document, null)
                                : new Candidate(id, "", null, new TokenIds(ids)));
            }
            String query = golden.pairs().get(0).query();
            RerankRequest request = request(query, candidates);

            List<EncodedPair> ofTexts = reranker.encode(query, documents);
            List<EncodedPair> ofIds = reranker.encode(request);

            for (int i = 0; i < documents.size(); i++) {
                assertThat(ofIds.get(i))
                        .as("document %s", i)
                        .usingRecursiveComparison()
                        .isEqualTo(ofTexts.get(i));
            }
            assertThat(ofIds.get(documents.size() - 1).truncated()).isTrue();
            assertThat(reranker.score(ofIds)).containsExactly(reranker.score(ofTexts));
        }
    }

    @Test
    void mayStandBesideTexts() {
        Golden golden = Golden.read("bert");
        Path file = golden.folder().resolve("tokenizer.json");
        try (PairTokenizer pairs = PairTokenizer.open(file, new PairSettings(64, true), 0);
                HuggingFaceTokenizer tokenizer = tokenizer(file)) {
            List<Candidate> candidates = List.of(
                    new Candidate("a", "oil", null),
                    new Candidate("b", "not read", null, new TokenIds(ids(tokenizer, "crisis"))),
                    new Candidate("c", "1973", null));

            List<EncodedPair> encoded = pairs.encode(request("when", candidates));

            assertThat(encoded).isEqualTo(pairs.encode("when", List.of("oil", "crisis", "1973")));
        }
    }

    /** A text may hold a special token's name, and the tokenizer takes it for the token: ids may bring it as well. */
    @Test
    void mayHoldSpecialTokensAsTextsMay() {
        Path file = Golden.read("bert").folder().resolve("tokenizer.json");
        try (PairTokenizer pairs = PairTokenizer.open(file, new PairSettings(64, true), 0);
                HuggingFaceTokenizer tokenizer = tokenizer(file)) {
            int[] ids = ids(tokenizer, "oil [SEP] crisis");

            List<EncodedPair> encoded =
                    pairs.encode(request("when", List.of(new Candidate("a", "", null, new TokenIds(ids)))));

            assertThat(ids).contains(3);
            assertThat(encoded).isEqualTo(pairs.encode("when", List.of("oil [SEP] crisis")));
        }
    }

    @Test
    void areNothingToAModelThatReadsTheQueryFirst(@TempDir Path target) throws IOException {
        CheckpointFolder folder = CheckpointFolder.copyOf(Golden.read("qwen3"), target)
                .text("reranker.json", "{\"template\": \"query: {query} document: {document}\"}");

        try (Reranker reranker = Rerankers.load(
                folder.path(), "x", ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            assertThat(reranker.documentIds()).isEmpty();
        }
    }

    @Test
    void areCalledByTheFileTheyWereMadeWith() throws Exception {
        Path folder = Golden.read("bert").folder();
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(folder.resolve("tokenizer.json")));
        try (Reranker reranker = Rerankers.load(
                folder, "golden", ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            assertThat(reranker.documentIds())
                    .contains(new DocumentIds(HexFormat.of().formatHex(hash).substring(0, 12), 800));
        }
    }

    private static RerankRequest request(String query, List<Candidate> candidates) {
        return new RerankRequest("r", new Query(null, query), candidates, "any", null, null, null, Map.of());
    }

    private static HuggingFaceTokenizer tokenizer(Path file) {
        TorchEngine.prepare();
        try {
            return HuggingFaceTokenizer.builder()
                    .optTokenizerPath(file)
                    .optAddSpecialTokens(false)
                    .optTruncation(false)
                    .optPadding(false)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] ids(HuggingFaceTokenizer tokenizer, String text) {
        long[] ids = tokenizer.encode(text).getIds();
        int[] narrow = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrow[i] = (int) ids[i];
        }
        return narrow;
    }
}
