package io.streamrank.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThroughputCodecTest {
    private static final double TINY = 1e-12;

    private final ThroughputCodec codec = new ThroughputCodec();

    @Test
    void readsBackWhatItWrote() throws Exception {
        assertThat(codec.decode(codec.encode(ExampleEvents.throughput()))).isEqualTo(ExampleEvents.throughput());
    }

    @Test
    void readsBackAnEmptyWindow() throws Exception {
        Throughput example = ExampleEvents.throughput();
        Throughput none = Throughput.none(example.scope().allWorkers(), WindowSize.HOUR, example.start());

        assertThat(codec.decode(codec.encode(none))).isEqualTo(none);
    }

    @Test
    void writesTheFiguresThatFollowFromTheSums() throws Exception {
        var event = io.streamrank.events.Throughput.fromByteBuffer(
                ByteBuffer.wrap(codec.encode(ExampleEvents.throughput())));

        assertThat(event.getPairsPerSecond()).isEqualTo(80, within(TINY));
        assertThat(event.getTokensPerSecond()).isEqualTo(7_040, within(TINY));
        assertThat(event.getBatchFill()).isEqualTo(63_000.0 / 131_072, within(TINY));
        assertThat(event.getBusyShare()).isEqualTo(0.012, within(TINY));
        assertThat(event.getCostPer1000Pairs()).isEqualTo(0.3125, within(TINY));
    }

    @Test
    void refusesAWindowOfAnotherSize() throws Exception {
        var event = io.streamrank.events.Throughput.newBuilder(io.streamrank.events.Throughput.fromByteBuffer(
                        ByteBuffer.wrap(codec.encode(ExampleEvents.throughput()))))
                .setWindowMillis(20_000)
                .build();

        assertThatThrownBy(() -> codec.decode(event.toByteBuffer().array()))
                .isInstanceOf(RejectedException.class)
                .hasMessageContaining("no known window is 20000 ms long");
    }

    @Test
    void aKeyNamesItsWindow() throws Exception {
        Throughput example = ExampleEvents.throughput();
        byte[] key = ThroughputKeys.encode(example);

        assertThat(new String(key, UTF_8))
                .isEqualTo("[\"" + example.scope().model() + "\",\""
                        + example.scope().revision() + "\",\"worker-0\",\"10s\",1800000000000]");
        assertThat(ThroughputKeys.decode(key))
                .isEqualTo(new ThroughputKeys.Window(example.scope(), example.size(), example.start()));
    }

    @Test
    void aWorkerOfAnyNameIsNotAllWorkers() throws Exception {
        for (String worker : new String[] {"*", "null", ""}) {
            ThroughputScope one = new ThroughputScope("a/b \"c\" é", "r", worker);

            assertThat(ThroughputKeys.decodeScope(ThroughputKeys.encode(one))).isEqualTo(one);
            assertThat(ThroughputKeys.encode(one)).isNotEqualTo(ThroughputKeys.encode(one.allWorkers()));
        }
        ThroughputScope all = new ThroughputScope("a", "r", null);
        assertThat(ThroughputKeys.decodeScope(ThroughputKeys.encode(all))).isEqualTo(all);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "1",
                "[]",
                "[\"m\",\"r\",null]",
                "[\"m\",\"r\",null,\"9s\",0]",
                "[\"m\",\"r\",1,\"10s\",0]",
                "[\"m\",null,null,\"10s\",0]",
                "[\"m\",\"r\",null,\"10s\",\"0\"]",
                "[\"m\",\"r\",null,\"10s\",0,0]"
            })
    void otherKeysNameNone(String key) {
        assertThatThrownBy(() -> ThroughputKeys.decode(key.getBytes(UTF_8))).isInstanceOf(RejectedException.class);
    }
}
