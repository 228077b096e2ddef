package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.events.BatchStatistics;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchStatisticsCodecTest {
    private final BatchStatisticsCodec codec = new BatchStatisticsCodec();

    @Test
    void readsBackWhatItWrote() throws Exception {
        byte[] bytes = codec.encode(ExampleEvents.statistics());

        io.streamrank.contract.BatchStatistics read = codec.decode(bytes);

        assertThat(read).isEqualTo(ExampleEvents.statistics());
    }

    @Test
    void countsRejectionsByTheirPublicWords() throws Exception {
        byte[] bytes = codec.encode(ExampleEvents.statistics());

        BatchStatistics read = BatchStatistics.fromByteBuffer(ByteBuffer.wrap(bytes));

        assertThat(read.getRejections()).isEqualTo(Map.of("undecodable", 2, "too_large", 1));
    }

    @Test
    void leavesOutReasonsOfALaterVersion() throws Exception {
        BatchStatistics event =
                BatchStatistics.fromByteBuffer(ByteBuffer.wrap(codec.encode(ExampleEvents.statistics())));
        event.getRejections().put("too_strange", 5);

        io.streamrank.contract.BatchStatistics read =
                codec.decode(event.toByteBuffer().array());

        assertThat(read).isEqualTo(ExampleEvents.statistics());
    }
}
