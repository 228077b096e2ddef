package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A text has as many tokens as characters here. */
class TokenCacheTest {
    private final List<String> tokenized = new ArrayList<>();

    @Test
    void tokenizesATextOnce() {
        TokenCache cache = new TokenCache(1 << 20);

        List<Tokens> first = cache.tokens(List.of("a", "bb", "a"), this::tokenize);
        List<Tokens> again = cache.tokens(List.of("bb", "ccc", "a"), this::tokenize);

        assertThat(first).extracting(known -> known.ids().length).containsExactly(1, 2, 1);
        assertThat(again).extracting(known -> known.ids().length).containsExactly(2, 3, 1);
        assertThat(tokenized).containsExactly("a", "bb", "ccc");
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.hits()).isEqualTo(2);
        assertThat(statistics.misses()).isEqualTo(3);
        assertThat(statistics.evictions()).isZero();
        assertThat(statistics.bytes()).isEqualTo(3 * TokenCache.ENTRY_BYTES + (1 + 2 + 3) * (2 + 4));
    }

    @Test
    void staysInsideItsBytes() {
        long max = 100_000;
        TokenCache cache = new TokenCache(max);

        for (int i = 0; i < 2_000; i++) {
            cache.tokens(List.of(i + "x".repeat(i % 100)), this::tokenize);
            assertThat(cache.statistics().bytes()).isLessThanOrEqualTo(max);
        }

        assertThat(cache.statistics().evictions()).isPositive();
        assertThat(cache.statistics().bytes()).isGreaterThan(max / 2);
    }

    @Test
    void doesNotLetOneLongTextDriveOutTheRest() {
        TokenCache cache = new TokenCache(100_000);
        List<String> usual = IntStream.range(0, 100).mapToObj(i -> "text " + i).toList();
        cache.tokens(usual, this::tokenize);

        cache.tokens(List.of("x".repeat(100_000 / TokenCache.LARGEST_SHARE)), this::tokenize);
        tokenized.clear();
        cache.tokens(usual, this::tokenize);

        assertThat(tokenized).isEmpty();
        assertThat(cache.statistics().evictions()).isZero();
    }

    @Test
    void servesManyThreads() throws Exception {
        TokenCache cache = new TokenCache(20_000);
        Function<List<String>, List<Tokens>> quiet =
                texts -> texts.stream().map(TokenCacheTest::tokens).toList();
        Callable<Boolean> task = () -> {
            Random random = new Random();
            for (int i = 0; i < 2_000; i++) {
                List<String> texts =
                        random.ints(10, 0, 40).mapToObj("x"::repeat).toList();
                List<Tokens> known = cache.tokens(texts, quiet);
                for (int j = 0; j < texts.size(); j++) {
                    if (known.get(j).ids().length != texts.get(j).length()) {
                        return false;
                    }
                }
            }
            return true;
        };
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (Future<Boolean> outcome : threads.invokeAll(List.of(task, task, task, task))) {
                assertThat(outcome.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(cache.statistics().hits()).isPositive();
        assertThat(cache.statistics().bytes()).isLessThanOrEqualTo(20_000);
    }

    /** Texts of every kind, cut and whole: a pair is the same whether its document was remembered or not. */
    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "gpt-neox"})
    void givesTheSamePairsAsWithoutIt(String family) {
        Golden golden = Golden.read(family);
        Checkpoint checkpoint = Checkpoint.open(golden.folder());
        PairSettings settings = PairSettings.of(checkpoint, Families.read(checkpoint), 32);
        List<String> documents = new ArrayList<>(
                golden.pairs().stream().map(Golden.Pair::document).toList());
        documents.addAll(List.of("", " ", "oil ".repeat(1_000), "oil"));
        try (PairTokenizer plain = PairTokenizer.open(checkpoint.tokenizer(), settings, 0);
                PairTokenizer remembering = PairTokenizer.open(checkpoint.tokenizer(), settings, 4 << 20)) {
            for (String query : List.of("when", "which oil crisis", "when", "long ".repeat(100))) {
                List<EncodedPair> expected = plain.encode(query, documents);

                List<EncodedPair> pairs = remembering.encode(query, documents);

                for (int i = 0; i < documents.size(); i++) {
                    assertThat(pairs.get(i)).usingRecursiveComparison().isEqualTo(expected.get(i));
                }
            }
            assertThat(remembering.cacheStatistics().hits())
                    .isEqualTo(3 * documents.stream().distinct().count());
            assertThat(plain.cacheStatistics()).isEqualTo(CacheStatistics.NONE);
        }
    }

    private List<Tokens> tokenize(List<String> texts) {
        tokenized.addAll(texts);
        return texts.stream().map(TokenCacheTest::tokens).toList();
    }

    private static Tokens tokens(String text) {
        return new Tokens(new int[text.length()], text.length(), false);
    }
}
