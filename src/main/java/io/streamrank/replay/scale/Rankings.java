package io.streamrank.replay.scale;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.Framing;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RankingHeaders;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.SourcePosition;
import io.streamrank.replay.ListPlace;
import io.streamrank.replay.QueryName;
import io.streamrank.replay.scale.LeftOut.Reason;
import io.streamrank.replay.scale.MeasuresSettings.Contender;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Rankings by query; what is none, or not of a whole list, is left out. */
final class Rankings extends ContextualProcessor<byte[], byte[], String, SourceEvent> {
    private final RankedListCodec codec;
    private final MeasuresSettings settings;
    private final LeftOut leftOut;

    Rankings(MeasuresSettings settings, Framing framing, LeftOut leftOut) {
        this.codec = new RankedListCodec(framing);
        this.settings = settings;
        this.leftOut = leftOut;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        try {
            Ranking ranking = codec.decode(record.value());
            Optional<String> contender = contender(ranking);
            if (ranking.outcome() != Ranking.Outcome.RANKED) {
                leaveOut(record, Reason.EXPIRED);
            } else if (isCut(ranking, record.headers())) {
                leaveOut(record, Reason.CUT);
            } else if (contender.isEmpty()) {
                leaveOut(record, Reason.OTHER_MODEL);
            } else {
                ListPlace place = place(ranking.source(), record.headers());
                String query = QueryName.of(ranking.queryId(), ranking.requestId(), place);
                RankedEvent event = RankedEvent.of(
                        contender.get(), ranking, place, text(record.headers(), RankingHeaders.MAX_LENGTH));
                context().forward(record.withKey(query).withValue(SourceEvent.of(event)));
            }
        } catch (RejectedException e) {
            leaveOut(record, Reason.NO_RANKING);
        }
    }

    private void leaveOut(Record<byte[], byte[]> record, Reason reason) {
        leftOut.tell(reason, where(context().recordMetadata()));
        context().forward(record.withKey("").withValue(SourceEvent.leftOut(reason)));
    }

    static String where(Optional<RecordMetadata> record) {
        return record.map(at -> at.topic() + "-" + at.partition() + "@" + at.offset())
                .orElse("a record");
    }

    /** Whose it is: in a topic of its own whoever has that, in one that several share the one of the model's name. */
    private Optional<String> contender(Ranking ranking) {
        String topic = context().recordMetadata().map(RecordMetadata::topic).orElse("");
        List<String> here = settings.contenders().stream()
                .filter(contender -> contender.topic().equals(topic))
                .map(Contender::name)
                .toList();
        return here.stream()
                .filter(name -> here.size() == 1 || name.equals(ranking.model().id()))
                .findFirst();
    }

    /** Where the size of the list was not told, candidates from below the ranking's length tell of others. */
    private static boolean isCut(Ranking ranking, Headers headers) {
        int held = ranking.candidates().size();
        String size = text(headers, RankingHeaders.LIST_SIZE);
        return size.isEmpty()
                ? ranking.candidates().stream().anyMatch(candidate -> candidate.previousRank() > held)
                : !size.equals(Integer.toString(held));
    }

    private static ListPlace place(SourcePosition source, Headers headers) {
        long timestamp = 0;
        String time = text(headers, RankingHeaders.LIST_TIME);
        if (!time.isEmpty()) {
            try {
                timestamp = Math.max(0, Instant.parse(time).toEpochMilli());
            } catch (DateTimeException | ArithmeticException e) {
                // Written by somebody else: then the place alone says which list is the first.
            }
        }
        return new ListPlace(timestamp, source.topic(), source.partition(), source.offset());
    }

    private static String text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? "" : new String(header.value(), UTF_8);
    }
}
