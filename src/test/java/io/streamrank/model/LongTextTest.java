package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts far longer than a pair: tokenized only as far as needed, and the pairs are the same. */
class LongTextTest {
    private static final Path CORPUS = Path.of("samples/squad11-dev/corpus.jsonl");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String SHORT_QUERY = "When did the 1973 oil crisis begin?";
    private static final int EVENT_CHARS_MAX = 16 * 1024 * 1024;
    private static final int GROWTH_KB_MAX = 500 * 1024;
    private static final Duration TIME_MAX = Duration.ofSeconds(20);

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "xlm-roberta", "deberta-v2"})
    void givesThePairsOfWholeTexts(String family) {
        List<String> documents = texts();
        for (int maxLength : new int[] {16, 100, 512}) {
            assertSamePairs(family, new PairSettings(maxLength, true), SHORT_QUERY, documents);
        }
        for (String query : List.of(prose(20_000), "!".repeat(20_000), "")) {
            assertSamePairs(family, new PairSettings(100, true), query, documents);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = "gpt-neox")
    void givesTheCausalPairsOfWholeTexts(String family) {
        List<String> documents = texts();
        CausalTemplate template =
                CausalTemplate.of(Path.of("reranker.json"), CausalTemplate.parts(CausalTemplate.DEFAULT_TEXT), 0);
        for (int maxLength : new int[] {16, 100, 512}) {
            PairSettings settings = new PairSettings(maxLength, false, template, Activation.NONE);
            assertSamePairs(family, settings, SHORT_QUERY, documents);
        }
        assertSamePairs(family, new PairSettings(100, false, template, Activation.NONE), prose(20_000), documents);
    }

    /** Every place in turn is where the first prefix ends: white space, words, accents, an added token. */
    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "xlm-roberta", "gpt-neox"})
    void doesNotMindWhereTheTextIsCut(String family) {
        String spaced = ("cafe\u0301 don't   \n <mask>[SEP]<|endoftext|> 1234567 \uD83D\uDC69\u200D\uD83D\uDE80"
                        + "\u6F22\u5B57\t\uFB01n \u1112\u1161\u11AB ...")
                .repeat(20);
        PairSettings settings = new PairSettings(20, false);
        for (String text : List.of(spaced, "q".repeat(120) + spaced.replaceAll("\\s", ""))) {
            List<String> documents = List.of(text, "oil");
            EncodedPair[] expected = encode(family, settings, TextLimits.NONE, text, documents);
            for (int first = 1; first < 300; first++) {
                TextLimits limits = new TextLimits(first, text.length(), 1000);
                assertThat(encode(family, settings, limits, text, documents))
                        .as("first prefix of %s", first)
                        .usingRecursiveComparison()
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "xlm-roberta", "gpt-neox"})
    void takesTheLongestEventInBoundedTimeAndMemory(String family) throws IOException {
        String prose = prose(50_000);
        List<String> events = List.of(
                "!".repeat(EVENT_CHARS_MAX),
                prose.repeat(EVENT_CHARS_MAX / prose.length()),
                "x".repeat(EVENT_CHARS_MAX),
                " ".repeat(EVENT_CHARS_MAX));
        try (PairTokenizer tokenizer = open(family, new PairSettings(512, true), TextLimits.of(512))) {
            tokenizer.encode(SHORT_QUERY, List.of(prose));
            forgetPeak();
            long beforeKb = kb("VmRSS");
            long begin = System.nanoTime();

            for (String event : events) {
                EncodedPair pair = tokenizer.encode(event, List.of(event)).get(0);
                assertThat(pair.truncated()).isTrue();
            }

            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(TIME_MAX);
            assertThat(kb("VmHWM") - beforeKb).as("growth in kB").isLessThan(GROWTH_KB_MAX);
        }
    }

    /** The most tokens that an event can bring: no text is longer than its first prefix. */
    @Test
    void takesManyShortTextsInBoundedMemory() throws IOException {
        List<String> documents = Collections.nCopies(1000, "!".repeat(4000));
        try (PairTokenizer tokenizer = open("bert", new PairSettings(512, true), TextLimits.of(512))) {
            tokenizer.encode(SHORT_QUERY, documents.subList(0, 1));
            forgetPeak();
            long beforeKb = kb("VmRSS");

            List<EncodedPair> pairs = tokenizer.encode(SHORT_QUERY, documents);

            assertThat(pairs).hasSameSizeAs(documents);
            assertThat(kb("VmHWM") - beforeKb).as("growth in kB").isLessThan(GROWTH_KB_MAX);
        }
    }

    /** Llama's end of text is one token; half of it would be several words. */
    @Test
    void usesNoHalfOfAnAddedToken() {
        String query = "a.".repeat(9) + "<|end_of_text|>" + "a.".repeat(200);
        PairSettings settings = new PairSettings(20, false);
        EncodedPair[] expected = encode("llama", settings, TextLimits.NONE, query, List.of(""));
        for (int first = 18; first < 36; first++) {
            TextLimits limits = new TextLimits(first, query.length(), 1000);
            assertThat(encode("llama", settings, limits, query, List.of("")))
                    .as("first prefix of %s", first)
                    .usingRecursiveComparison()
                    .isEqualTo(expected);
        }
    }

    private static void assertSamePairs(String family, PairSettings settings, String query, List<String> documents) {
        try (PairTokenizer bounded = open(family, settings, TextLimits.of(settings.maxLength()));
                PairTokenizer whole = open(family, settings, TextLimits.NONE)) {
            List<EncodedPair> expected = whole.encode(query, documents);

            List<EncodedPair> pairs = bounded.encode(query, documents);

            for (int i = 0; i < documents.size(); i++) {
                assertThat(pairs.get(i))
                        .as("document %s at %s tokens", i, settings.maxLength())
                        .usingRecursiveComparison()
                        .isEqualTo(expected.get(i));
            }
        }
    }

    private static EncodedPair[] encode(
            String family, PairSettings settings, TextLimits limits, String query, List<String> documents) {
        try (PairTokenizer tokenizer = open(family, settings, limits)) {
            return tokenizer.encode(query, documents).toArray(EncodedPair[]::new);
        }
    }

    private static PairTokenizer open(String family, PairSettings settings, TextLimits limits) {
        return PairTokenizer.open(Golden.read(family).folder().resolve("tokenizer.json"), settings, limits, 0);
    }

    /** Some shorter than any prefix, some of one word, some of nothing but punctuation. */
    private static List<String> texts() {
        Random random = new Random(22);
        return List.of(
                prose(50_000),
                "oil",
                "",
                "!".repeat(30_000),
                word(200_000, random),
                characters(30_000, 0x4E00, 0x9FA5, random),
                characters(20_000, 0x1F600, 0x1F64F, random),
                mixedSpace(50_000, random),
                " \n".repeat(20_000) + "oil",
                prose(3_000));
    }

    private static String prose(int chars) {
        ObjectMapper json = new ObjectMapper();
        try (Stream<String> lines = Files.lines(CORPUS)) {
            StringBuilder text = new StringBuilder();
            Iterator<String> line = lines.iterator();
            while (text.length() < chars) {
                text.append(json.readTree(line.next()).path("text").asText()).append(' ');
            }
            return text.substring(0, chars);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String word(int chars, Random random) {
        return characters(chars, 'a', 'z', random);
    }

    private static String characters(int count, int first, int last, Random random) {
        return random.ints(count, first, last + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String mixedSpace(int chars, Random random) {
        List<String> pieces = List.of(
                " ", "  ", "\n", "\t\r\n", "\u00A0", "\u3000", " ".repeat(100), "oil", "don't", "\u00E9t\u00E9", ".");
        StringBuilder text = new StringBuilder();
        while (text.length() < chars) {
            text.append(pieces.get(random.nextInt(pieces.size())));
        }
        return text.toString();
    }

    /** From here on VmHWM is the peak since now. */
    private static void forgetPeak() {
        try {
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        } catch (IOException e) {
            assumeThat(false)
                    .as("the peak of resident memory cannot be measured here: " + e)
                    .isTrue();
        }
    }

    private static long kb(String name) throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
