package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever bytes come: an event or a rejection, never another exception. */
class MutatedEventsTest {
    private static final int MUTATIONS = 20_000;
    private static final int HEADER_BYTES = 10;
    private static final byte[][] HUGE_NUMBERS = {
        {-1, -1, -1, -1, 15}, // the smallest int
        {-2, -1, -1, -1, 15}, // the largest
        {-1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, // the smallest long
        {-2, -1, -1, -1, -1, -1, -1, -1, -1, 1}, // the largest
        {-128, -128, -128, 16}, // 16 Mi
        {-128, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128}, // endless
    };

    private final Random random = new Random(20_240_917);
    private final Map<Rejection.Reason, Integer> rejections = new EnumMap<>(Rejection.Reason.class);
    private int decoded;

    @Test
    void candidateListsAreDecodedOrRejected() {
        CandidateListCodec codec = new CandidateListCodec();

        decodeMutationsOf(codec.encode(ExampleEvents.request()), codec::decode);

        assertThat(decoded).isPositive();
        assertThat(rejections)
                .containsOnlyKeys(
                        Rejection.Reason.EMPTY_VALUE,
                        Rejection.Reason.UNKNOWN_FORMAT,
                        Rejection.Reason.UNKNOWN_SCHEMA,
                        Rejection.Reason.UNDECODABLE,
                        Rejection.Reason.INVALID);
    }

    @Test
    void rankedListsAreDecodedOrRejected() {
        RankedListCodec codec = new RankedListCodec();

        decodeMutationsOf(codec.encode(ExampleEvents.ranking()), codec::decode);

        assertThat(decoded).isPositive();
        assertThat(rejections).containsKeys(Rejection.Reason.UNDECODABLE, Rejection.Reason.INVALID);
    }

    @Test
    void statisticsAreDecodedOrRejected() {
        BatchStatisticsCodec codec = new BatchStatisticsCodec();

        decodeMutationsOf(codec.encode(ExampleEvents.statistics()), codec::decode);

        assertThat(decoded).isPositive();
        assertThat(rejections).containsKey(Rejection.Reason.UNDECODABLE);
    }

    @Test
    void throughputIsDecodedOrRejected() {
        ThroughputCodec codec = new ThroughputCodec();

        decodeMutationsOf(codec.encode(ExampleEvents.throughput()), codec::decode);

        assertThat(decoded).isPositive();
        assertThat(rejections).containsKeys(Rejection.Reason.UNDECODABLE, Rejection.Reason.INVALID);
    }

    private void decodeMutationsOf(byte[] event, Decoding decoding) {
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = mutate(event);
            try {
                assertThat(decoding.decode(mutated)).isNotNull();
                decoded++;
            } catch (RejectedException e) {
                rejections.merge(e.rejection().reason(), 1, Integer::sum);
                assertThat(e.rejection().message()).hasSizeLessThan(300).doesNotContain("Stadt", "is large");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("mutation " + i + ": " + Arrays.toString(mutated), e);
            }
        }
    }

    private byte[] mutate(byte[] event) {
        byte[] mutated = event.clone();
        // Mostly behind the header: otherwise hardly an event would get past it.
        int start = random.nextInt(10) == 0 ? 0 : HEADER_BYTES;
        int place = start + random.nextInt(event.length - start);
        switch (random.nextInt(6)) {
            case 0 -> mutated[place] ^= (byte) (1 << random.nextInt(8));
            case 1 -> mutated = Arrays.copyOf(mutated, place);
            case 2 -> mutated = spliced(mutated, place, 0, randomBytes(1 + random.nextInt(8)));
            case 3 -> mutated = spliced(mutated, place, 1, HUGE_NUMBERS[random.nextInt(HUGE_NUMBERS.length)]);
            case 4 -> mutated = spliced(mutated, place, random.nextInt(event.length - place), new byte[0]);
            default -> {
                for (int i = 0; i < 4; i++) {
                    mutated[start + random.nextInt(event.length - start)] = (byte) random.nextInt();
                }
            }
        }
        return mutated;
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] spliced(byte[] event, int place, int cut, byte[] inserted) {
        byte[] result = new byte[event.length - cut + inserted.length];
        System.arraycopy(event, 0, result, 0, place);
        System.arraycopy(inserted, 0, result, place, inserted.length);
        System.arraycopy(event, place + cut, result, place + inserted.length, event.length - place - cut);
        return result;
    }

    private interface Decoding {
        Object decode(byte @Nullable [] value) throws RejectedException;
    }
}
