package io.streamrank.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlannerTest {

    @Test
    void plansNothingForNothing() {
        assertThat(BatchPlanner.plan(new int[0], new BatchPolicy(100, 10))).isEmpty();
    }

    @Test
    void putsWhatFitsIntoOneBatchLongestFirst() {
        List<PlannedBatch> batches = BatchPlanner.plan(new int[] {10, 30, 20}, new BatchPolicy(60, 10));

        assertThat(batches).containsExactly(new PlannedBatch(List.of(1, 2, 0), 60));
    }

    @Test
    void sharesEvenlyInsteadOfLeavingARemainder() {
        int[] lengths = IntStream.generate(() -> 10).limit(11).toArray();

        List<PlannedBatch> batches = BatchPlanner.plan(lengths, new BatchPolicy(100, 100));

        assertThat(batches).extracting(PlannedBatch::tokens).containsExactly(60, 50);
    }

    @Test
    void givesAPairOverTheBudgetABatchOfItsOwn() {
        List<PlannedBatch> batches = BatchPlanner.plan(new int[] {5, 500, 5}, new BatchPolicy(100, 100));

        assertThat(batches.get(0)).isEqualTo(new PlannedBatch(List.of(1), 500));
        assertThat(batches).hasSize(2);
    }

    @Test
    void neverExceedsTheMostPairs() {
        List<PlannedBatch> batches =
                BatchPlanner.plan(IntStream.generate(() -> 1).limit(10).toArray(), new BatchPolicy(100, 4));

        assertThat(batches).extracting(batch -> batch.pairs().size()).containsExactly(4, 4, 2);
    }

    @Test
    void holdsEveryPairOnceWithinTheBudgetForAnyLengths() {
        Random random = new Random(7);
        for (int round = 0; round < 500; round++) {
            int budget = 1 + random.nextInt(600);
            int[] lengths = random.ints(random.nextInt(200), 1, 200).toArray();

            List<PlannedBatch> batches = BatchPlanner.plan(lengths, new BatchPolicy(budget, 1 + random.nextInt(50)));

            assertThat(batches.stream().flatMap(batch -> batch.pairs().stream()))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, lengths.length).boxed().toList());
            assertThat(batches).allSatisfy(batch -> {
                int tokens =
                        batch.pairs().stream().mapToInt(pair -> lengths[pair]).sum();
                assertThat(batch.tokens()).isEqualTo(tokens);
                assertThat(tokens <= budget || batch.pairs().size() == 1).isTrue();
            });
        }
    }

    @Test
    void plansPairsThatShareNothingAsIfThereWereNoPrefixes() {
        Random random = new Random(8);
        for (int round = 0; round < 500; round++) {
            int[] lengths = random.ints(random.nextInt(200), 1, 200).toArray();
            BatchPolicy policy = new BatchPolicy(1 + random.nextInt(600), 1 + random.nextInt(50));

            List<PlannedBatch> batches = BatchPlanner.plan(lengths, policy);

            assertThat(batches).isEqualTo(longestFirstIntoEvenShares(lengths, policy));
        }
    }

    @Test
    void readsASharedPrefixOnce() {
        List<PairTokens> pairs = List.of(sharing(7, 50, 40), sharing(7, 45, 40), PairTokens.alone(30));

        List<PlannedBatch> batches = BatchPlanner.plan(pairs, new BatchPolicy(100, 10));

        assertThat(batches).containsExactly(new PlannedBatch(List.of(0, 1, 2), 40 + 10 + 5 + 30));
    }

    @Test
    void doesNotCountWhatTheModelRemembers() {
        List<PairTokens> pairs = List.of(new PairTokens(50, 0, 40, 40), new PairTokens(60, 1, 40, 25));

        List<PlannedBatch> batches = BatchPlanner.plan(pairs, new BatchPolicy(100, 10));

        assertThat(batches).containsExactly(new PlannedBatch(List.of(1, 0), (60 - 25) + 10));
    }

    @Test
    void opensABatchForPairsOfOnePrefixRatherThanTearThemApart() {
        List<PairTokens> pairs = List.of(PairTokens.alone(70), sharing(0, 50, 40), sharing(0, 45, 40));

        List<PlannedBatch> batches = BatchPlanner.plan(pairs, new BatchPolicy(100, 10));

        assertThat(batches).containsExactly(new PlannedBatch(List.of(0), 70), new PlannedBatch(List.of(1, 2), 55));
    }

    @Test
    void spreadsTooManyPairsOfOnePrefixEvenly() {
        List<PairTokens> pairs =
                IntStream.range(0, 14).mapToObj(i -> sharing(3, 50, 40)).toList();

        List<PlannedBatch> batches = BatchPlanner.plan(pairs, new BatchPolicy(100, 100));

        assertThat(batches).extracting(PlannedBatch::tokens).containsExactly(90, 90, 80);
    }

    @Test
    void takesAPrefixLongerThanTheBudgetPairByPair() {
        List<PairTokens> pairs = List.of(sharing(0, 150, 140), sharing(0, 145, 140), PairTokens.alone(100));

        List<PlannedBatch> batches = BatchPlanner.plan(pairs, new BatchPolicy(100, 10));

        assertThat(batches).extracting(PlannedBatch::tokens).containsExactly(150, 145, 100);
    }

    @Test
    void keepsItsPromisesForAnyPrefixes() {
        Random random = new Random(9);
        for (int round = 0; round < 1_000; round++) {
            BatchPolicy policy = new BatchPolicy(1 + random.nextInt(800), 1 + random.nextInt(50));
            List<PairTokens> pairs = anyPairs(random);

            List<PlannedBatch> batches = BatchPlanner.plan(pairs, policy);

            assertThat(batches.stream().flatMap(batch -> batch.pairs().stream()))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, pairs.size()).boxed().toList());
            assertThat(batches).allSatisfy(batch -> {
                assertThat(batch.tokens()).isEqualTo(tokensRead(pairs, batch.pairs()));
                assertThat(batch.pairs().size()).isLessThanOrEqualTo(policy.maxBatchPairs());
                assertThat(batch.tokens() <= policy.maxBatchTokens()
                                || batch.pairs().size() == 1)
                        .isTrue();
            });
            groups(pairs).forEach((prefix, group) -> {
                long parts = batches.stream()
                        .filter(batch -> !Collections.disjoint(batch.pairs(), group))
                        .count();
                boolean fits =
                        tokensRead(pairs, group) <= policy.maxBatchTokens() && group.size() <= policy.maxBatchPairs();
                assertThat(parts == 1 || !fits).as("prefix %s", prefix).isTrue();
            });
        }
    }

    /** What the planner did before there were prefixes. */
    private static List<PlannedBatch> longestFirstIntoEvenShares(int[] lengths, BatchPolicy policy) {
        long total = IntStream.of(lengths).asLongStream().sum();
        long needed = (total + policy.maxBatchTokens() - 1) / policy.maxBatchTokens();
        long share = needed == 0 ? 0 : (total + needed - 1) / needed;
        List<PlannedBatch> batches = new ArrayList<>();
        List<Integer> batch = new ArrayList<>();
        int tokens = 0;
        for (int index : IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt(index -> -lengths[index]))
                .toList()) {
            boolean full = tokens + lengths[index] > policy.maxBatchTokens() || batch.size() == policy.maxBatchPairs();
            if (!batch.isEmpty() && (full || tokens >= share)) {
                batches.add(new PlannedBatch(batch, tokens));
                batch.clear();
                tokens = 0;
            }
            batch.add(index);
            tokens += lengths[index];
        }
        if (!batch.isEmpty()) {
            batches.add(new PlannedBatch(batch, tokens));
        }
        return batches;
    }

    private static PairTokens sharing(int prefix, int tokens, int prefixTokens) {
        return new PairTokens(tokens, prefix, prefixTokens, 0);
    }

    /** Some alone, some in groups; of some prefixes the model remembers all, of some a part. */
    private static List<PairTokens> anyPairs(Random random) {
        int prefixes = 1 + random.nextInt(20);
        int[] lengths = random.ints(prefixes, 1, 150).toArray();
        int[] known = IntStream.of(lengths)
                .map(length -> random.nextBoolean() ? 0 : random.nextInt(length + 1))
                .toArray();
        return IntStream.range(0, random.nextInt(120))
                .mapToObj(i -> {
                    int prefix = random.nextInt(2 * prefixes);
                    int own = random.nextInt(80);
                    return prefix < prefixes
                            ? new PairTokens(lengths[prefix] + own, prefix, lengths[prefix], known[prefix])
                            : PairTokens.alone(1 + own);
                })
                .toList();
    }

    private static int tokensRead(List<PairTokens> pairs, List<Integer> indices) {
        int own = indices.stream()
                .map(pairs::get)
                .mapToInt(pair -> pair.tokens() - pair.prefixTokens())
                .sum();
        Map<Integer, Integer> unread = new HashMap<>();
        indices.stream()
                .map(pairs::get)
                .forEach(pair -> unread.put(pair.prefix(), pair.prefixTokens() - pair.knownTokens()));
        return own + unread.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static Map<Integer, List<Integer>> groups(List<PairTokens> pairs) {
        Map<Integer, List<Integer>> groups = IntStream.range(0, pairs.size())
                .boxed()
                .collect(Collectors.groupingBy(index -> pairs.get(index).prefix()));
        groups.remove(PairTokens.NO_PREFIX);
        return groups;
    }
}
