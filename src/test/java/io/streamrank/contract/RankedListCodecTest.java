package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.events.RankedList;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RankedListCodecTest {
    private final RankedListCodec codec = new RankedListCodec();

    @Test
    void readsBackWhatItWrote() throws Exception {
        byte[] bytes = codec.encode(ExampleEvents.ranking());

        Ranking read = codec.decode(bytes);

        assertThat(read).isEqualTo(ExampleEvents.ranking());
    }

    @Test
    void readsBackAnExpiredOne() throws Exception {
        Ranking expired = new Ranking(
                "r",
                null,
                Ranking.Outcome.EXPIRED,
                ExampleEvents.MODEL,
                "cpu",
                "float32",
                List.of(),
                new SourcePosition("t", 0, 0),
                Timings.NONE,
                Map.of());

        Ranking read = codec.decode(codec.encode(expired));

        assertThat(read).isEqualTo(expired);
    }

    @Test
    void isReadByStockAvro() throws Exception {
        byte[] bytes = codec.encode(ExampleEvents.ranking());

        RankedList read = RankedList.fromByteBuffer(ByteBuffer.wrap(bytes));

        assertThat(read.getRanking().get(0).getScore()).isEqualTo(1.5f);
        assertThat(read.getTimings().getTokenizeMicros()).isEqualTo(300);
        assertThat(read.getSource().getOffset()).isEqualTo(5_000_000_000L);
    }

    @Test
    void refusesARankBelowOne() throws Exception {
        RankedList event = RankedList.fromByteBuffer(ByteBuffer.wrap(codec.encode(ExampleEvents.ranking())));
        event.getRanking().get(1).put("rank", 0);
        byte[] bytes = event.toByteBuffer().array();

        assertThatThrownBy(() -> codec.decode(bytes))
                .isInstanceOfSatisfying(
                        RejectedException.class,
                        e -> assertThat(e.rejection().reason()).isEqualTo(Rejection.Reason.INVALID))
                .hasMessageContaining("candidate 1")
                .hasMessageContaining("rank 0");
    }
}
