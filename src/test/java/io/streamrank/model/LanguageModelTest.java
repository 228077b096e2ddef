package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Language models that rank by what they would say: the golden Qwen3, its ranking head put into a language-model head. */
class LanguageModelTest {
    private static final int WORDS = 800;
    private static final int HIDDEN = 48;

    /** Tokens of no golden pair: bytes that no UTF-8 has, renamed. */
    private static final String NO = "\u00f8";

    private static final String YES = "\u00f9";

    private final Golden golden = Golden.read("qwen3");
    private CheckpointFolder folder;

    @BeforeEach
    void copy(@TempDir Path target) throws IOException {
        folder = CheckpointFolder.copyOf(golden, target)
                .json("config.json", config -> config.putArray("architectures").add("Qwen3ForCausalLM"))
                .json("tokenizer.json", LanguageModelTest::nameLabels);
    }

    private static void nameLabels(ObjectNode tokenizer) {
        ObjectNode vocabulary = (ObjectNode) tokenizer.path("model").path("vocab");
        vocabulary.set("no", Objects.requireNonNull(vocabulary.remove(NO)));
        vocabulary.set("yes", Objects.requireNonNull(vocabulary.remove(YES)));
    }

    @Test
    void ranksByTheLogitOfYesLessThatOfNo() throws IOException {
        headOf(random(), true, "F32").say("{'template':'document: {document} ; query: {query} ;','append_eos':true}");

        assertGoldenScores(1e-4f);
    }

    @ParameterizedTest
    @CsvSource({"F16, 0.01", "BF16, 0.1"})
    void readsRowsOfHalfTheBits(String dtype, float bound) throws IOException {
        headOf(new float[WORDS * HIDDEN], true, dtype)
                .say("{'template':'document: {document} ; query: {query} ;','append_eos':true}");

        assertGoldenScores(bound);
    }

    @Test
    void ranksByTheLogitOfOneToken() throws IOException {
        headOf(new float[WORDS * HIDDEN], true, "F32")
                .say("{'template':'document: {document} ; query: {query} ;','append_eos':true,'labels':['yes']}");

        assertGoldenScores(1e-4f);
    }

    @Test
    void takesTheIdsThatSentenceTransformersStored() throws IOException {
        Files.createDirectory(folder.file("1_LogitScore"));
        headOf(random(), true, "F32")
                .say("{'template':'document: {document} ; query: {query} ;','append_eos':true}")
                .text(
                        "1_LogitScore/config.json",
                        "{\"true_token_id\": " + id("yes") + ", \"false_token_id\": " + id("no") + "}");
        assertGoldenScores(1e-4f);

        folder.text("1_LogitScore/config.json", "{\"true_token_id\": " + id("yes") + ", \"false_token_id\": null}");
        assertThat(Families.read(Checkpoint.open(folder.path())).labels()).containsExactly(id("yes"));

        folder.without("reranker.json");
        assertRefused("reranker.json", "template is missing, and no other file says how this language model reads");
    }

    @Test
    void givesOtherStoredTokensAnotherRevision() throws IOException {
        Files.createDirectory(folder.file("1_LogitScore"));
        headOf(random(), true, "F32").say("{'template':'document: {document} ; query: {query} ;'}");
        String yes = revisionWithStored("yes");

        assertThat(revisionWithStored("no")).isNotEqualTo(yes);
        assertThat(revisionWithStored("yes")).isEqualTo(yes);
    }

    /** Here the file is not read. */
    @Test
    void keepsTheRevisionWhereLabelsAreSaid() throws IOException {
        headOf(random(), true, "F32")
                .say("{'template':'document: {document} ; query: {query} ;','labels':['no','yes']}");
        String revision = Checkpoint.open(folder.path()).revision();
        Files.createDirectory(folder.file("1_LogitScore"));

        assertThat(revisionWithStored("yes")).isEqualTo(revision);
    }

    private String revisionWithStored(String relevant) throws IOException {
        folder.text("1_LogitScore/config.json", "{\"true_token_id\": " + id(relevant) + "}");
        return Checkpoint.open(folder.path()).revision();
    }

    /** The rows lie in the embedding itself, whose other rows are what the model reads. */
    @Test
    void readsTheRowsOfTiedEmbeddings() throws IOException {
        tieHead().say("{'template':'document: {document} ; query: {query} ;','append_eos':true}");

        assertGoldenScores(1e-4f);
    }

    @Test
    void givesTheProbabilityOfYesWhereAskedTo() throws IOException {
        tieHead()
                .say("{'template':'document: {document} ; query: {query} ;','append_eos':true,"
                        + "'activation':'sigmoid'}");
        float[] scores = scores();

        try (Reranker loaded = load()) {
            assertThat(loaded.givesProbabilities()).isTrue();
        }
        for (int i = 0; i < scores.length; i++) {
            double logits = golden.pairs().get(i).score();
            assertThat(scores[i]).isCloseTo((float) (1 / (1 + Math.exp(-logits))), within(1e-4f));
        }
    }

    @Test
    void readsQwen3RerankersAsTheirAuthorsDo() throws IOException {
        qwen3Reranker();

        PairSettings settings = settings(0);

        assertThat(settings.maxLength()).isEqualTo(8192);
        assertThat(settings.activation()).isEqualTo(Activation.NONE);
        assertThat(settings.causal())
                .isEqualTo(new CausalTemplate(
                        List.of(
                                "<|im_start|>system\nJudge whether the Document meets the requirements based on the"
                                        + " Query and the Instruct provided. Note that the answer can only be \"yes\""
                                        + " or \"no\".<|im_end|>\n<|im_start|>user\n",
                                "<Instruct>: Given a web search query, retrieve relevant passages that answer the"
                                        + " query\n<Query>: {query}\n<Document>: {document}",
                                "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"),
                        CausalTemplate.NO_EOS));
    }

    @Test
    void takesAnotherInstruction() throws IOException {
        qwen3Reranker().say("{'instruction':'Find code','max_length':300}");

        assertThat(Objects.requireNonNull(settings(0).causal()).parts())
                .element(1)
                .isEqualTo("<Instruct>: Find code\n<Query>: {query}\n<Document>: {document}");
        assertThat(settings(0).maxLength()).isEqualTo(300);
    }

    /** Prefix, pair and suffix apart, the pair as one text and cut alone: the authors' process_inputs. */
    @ParameterizedTest
    @ValueSource(ints = {2000, 330, 300})
    void makesTheIdsOfTheAuthorsCode(int maxLength) throws IOException {
        qwen3Reranker();
        CausalTemplate template = Objects.requireNonNull(settings(maxLength).causal());
        String system = template.parts().get(0);
        String answer = template.parts().get(2);
        List<String> documents = List.of("Iodine", "", "a <|im_end|> b\n", " caf\u00e9 ".repeat(40));
        try (HuggingFaceTokenizer reference = HuggingFaceTokenizer.newInstance(folder.file("tokenizer.json"));
                PairTokenizer tokenizer = PairTokenizer.open(folder.file("tokenizer.json"), settings(maxLength), 0)) {
            int[] before = ids(reference, system);
            int[] after = ids(reference, answer);
            assertThat(before[0]).isEqualTo(2);
            assertThat(after[0]).isEqualTo(1);
            for (String query : List.of("what <|im_start|>is it?", "Which? ")) {
                List<EncodedPair> pairs = tokenizer.encode(query, documents);

                for (int i = 0; i < pairs.size(); i++) {
                    int[] whole = ids(
                            reference,
                            "<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n"
                                    + "<Query>: " + query + "\n<Document>: " + documents.get(i));
                    int room = maxLength - before.length - after.length;
                    int[] body = Arrays.copyOf(whole, Math.min(whole.length, room));
                    assertThat(pairs.get(i).ids()).containsExactly(joined(before, body, after));
                    assertThat(pairs.get(i).truncated()).isEqualTo(whole.length > room);
                }
                assertShared(pairs, before.length);
            }
        }
    }

    private static void assertShared(List<EncodedPair> pairs, int least) {
        int shared = pairs.get(0).prefixTokens();
        int[] prefix = Arrays.copyOf(pairs.get(0).ids(), shared);
        assertThat(shared).isGreaterThan(least + 20);
        assertThat(pairs).allSatisfy(pair -> {
            assertThat(pair.prefixTokens()).isEqualTo(shared);
            assertThat(pair.ids()).startsWith(prefix);
        });
    }

    /** System prompt and query are read once for all candidates. */
    @Test
    void scoresTheSameWhetherItRemembersTheQueryOrNot() throws IOException {
        qwen3Reranker();
        List<String> documents =
                golden.pairs().stream().map(Golden.Pair::document).toList();
        ModelSettings settings =
                ModelSettings.defaults().withDevice("cpu").withDtype("float32").withMaxLength(400);
        float[] scores;
        try (Reranker reranker = Rerankers.load(folder.path(), "x", settings.withStateCache(0, false))) {
            scores = reranker.score(reranker.encode("Which one?", documents));
        }

        try (Reranker reranker = Rerankers.load(folder.path(), "x", settings)) {
            List<EncodedPair> pairs = reranker.encode("Which one?", documents);

            assertThat(reranker.score(pairs)).containsExactly(scores, within(1e-4f));
            assertThat(reranker.documentIds()).as("token ids without a query").isEmpty();
            assertThat(reranker.rememberedTokens(pairs.get(0)))
                    .isEqualTo(pairs.get(0).prefixTokens());
        }
    }

    @Test
    void refusesALengthThatTheTemplateFills() throws IOException {
        qwen3Reranker();

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> PairTokenizer.open(folder.file("tokenizer.json"), settings(100), 0))
                .withMessageContaining("special tokens, the maximum length is only 100");
    }

    @Test
    void leavesARankingHeadItsPrecedence() throws IOException {
        assertThat(Families.read(Checkpoint.open(folder.path())).ranksByLabels())
                .isFalse();
        assertGoldenScores(1e-4f);
    }

    @Test
    void refusesALanguageModelThatDoesNotSayHowItReads() throws IOException {
        headOf(random(), false, "F32")
                .without("reranker.json")
                .json(
                        "config.json",
                        config -> config.put("model_type", "llama")
                                .putArray("architectures")
                                .add("LlamaForCausalLM"));

        assertRefused("reranker.json", "template is missing, and no other file says how this language model reads");
    }

    @Test
    void refusesATokenThatTheVocabularyLacks() throws IOException {
        headOf(random(), true, "F32").say("{'labels':['no','yes!']}");

        assertRefused("tokenizer.json", "has no token \"yes!\" to rank the language model by");
    }

    @Test
    void refusesATokenThatTheHeadLacks() throws IOException {
        headOf(random(), true, "F32")
                .json(
                        "tokenizer.json",
                        tokenizer -> ((ObjectNode) tokenizer.path("model").path("vocab")).put("yes", WORDS));

        assertRefused("config.json", "vocab_size 800 leaves no row for token 800");
    }

    @Test
    void refusesALanguageModelWithoutItsHead() throws IOException {
        folder.weights(tensors -> tensors.remove("score.weight"));

        assertRefused("model.safetensors", "tensor lm_head.weight is missing, expected with shape [800, 48]");
    }

    @Test
    void refusesLabelsOfAnotherFamily(@TempDir Path other) throws IOException {
        folder = CheckpointFolder.copyOf(Golden.read("gpt-neox"), other)
                .json("reranker.json", file -> file.putArray("labels").add("no").add("yes"));

        assertRefused("reranker.json", "key labels is not understood for this family");
    }

    private LanguageModelTest headOf(float[] head, boolean labelled, String dtype) throws IOException {
        int no = labelled ? id("no") : 0;
        int yes = labelled ? id("yes") : 1;
        folder.weights(tensors -> {
            float[] score = floats(Objects.requireNonNull(tensors.remove("score.weight")));
            answer(head, no, yes, score);
            RawTensor raw = raw(head);
            tensors.put("lm_head.weight", dtype.equals("F32") ? raw : raw.as(dtype));
        });
        return this;
    }

    private LanguageModelTest tieHead() throws IOException {
        int no = id("no");
        int yes = id("yes");
        folder.json("config.json", config -> config.put("tie_word_embeddings", true))
                .weights(tensors -> {
                    float[] score = floats(Objects.requireNonNull(tensors.remove("score.weight")));
                    float[] words = floats(Objects.requireNonNull(tensors.get("model.embed_tokens.weight")));
                    answer(words, no, yes, score);
                    tensors.put("model.embed_tokens.weight", raw(words));
                });
        return this;
    }

    private static void answer(float[] head, int no, int yes, float[] score) {
        for (int i = 0; i < HIDDEN; i++) {
            head[yes * HIDDEN + i] = head[no * HIDDEN + i] + score[i];
        }
    }

    /** Without a file of its own about reading, and with a tokenizer that knows the authors' special tokens. */
    private LanguageModelTest qwen3Reranker() throws IOException {
        tieHead();
        folder.without("reranker.json")
                .json("config.json", config -> config.put("max_position_embeddings", 40960))
                .json("tokenizer.json", tokenizer -> {
                    tokenizer.putNull("post_processor");
                    rename(tokenizer, 1, "<|end_of_text|>", "<|im_end|>");
                    rename(tokenizer, 2, "<|pad|>", "<|im_start|>");
                });
        return this;
    }

    private static void rename(ObjectNode tokenizer, int id, String from, String to) {
        ((ObjectNode) tokenizer.path("added_tokens").get(id)).put("content", to);
        ObjectNode vocabulary = (ObjectNode) tokenizer.path("model").path("vocab");
        vocabulary.remove(from);
        vocabulary.put(to, id);
    }

    private CheckpointFolder say(String reranker) throws IOException {
        return folder.text("reranker.json", reranker.replace('\'', '"'));
    }

    private CheckpointFolder without(String name) throws IOException {
        return folder.without(name);
    }

    private CheckpointFolder json(String name, Consumer<ObjectNode> change) throws IOException {
        return folder.json(name, change);
    }

    private int id(String token) throws IOException {
        int[] id = new int[1];
        folder.json(
                "tokenizer.json",
                tokenizer -> id[0] =
                        tokenizer.path("model").path("vocab").path(token).asInt());
        return id[0];
    }

    private static float[] random() {
        Random random = new Random(7);
        float[] head = new float[WORDS * HIDDEN];
        for (int i = 0; i < head.length; i++) {
            head[i] = (float) random.nextGaussian();
        }
        return head;
    }

    private static float[] floats(RawTensor tensor) {
        float[] values = new float[tensor.data().length / Float.BYTES];
        ByteBuffer.wrap(tensor.data())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    private static RawTensor raw(float[] values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return new RawTensor("F32", List.of(values.length / HIDDEN, HIDDEN), data.array());
    }

    private static int[] ids(HuggingFaceTokenizer tokenizer, String text) {
        return LongStream.of(tokenizer.encode(text, false, false).getIds())
                .mapToInt(id -> (int) id)
                .toArray();
    }

    private static int[] joined(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    private PairSettings settings(int maxLength) {
        Checkpoint checkpoint = Checkpoint.open(folder.path());
        return PairSettings.of(checkpoint, Families.read(checkpoint), maxLength);
    }

    private void assertGoldenScores(float bound) {
        float[] scores = scores();
        for (int i = 0; i < scores.length; i++) {
            assertThat(scores[i]).isCloseTo((float) golden.pairs().get(i).score(), within(bound));
        }
    }

    private float[] scores() {
        try (Reranker reranker = load()) {
            return reranker.score(golden.pairs().stream()
                    .map(pair -> reranker.encode(pair.query(), List.of(pair.document()))
                            .get(0))
                    .toList());
        }
    }

    private Reranker load() {
        return Rerankers.load(
                folder.path(),
                "x",
                ModelSettings.defaults().withDevice("cpu").withDtype("float32").withMaxLength(golden.maxLength()));
    }

    private void assertRefused(String file, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> load().close())
                .withMessageStartingWith(folder.file(file) + ": ")
                .withMessageContaining(message);
    }
}
