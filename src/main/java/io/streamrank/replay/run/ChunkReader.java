package io.streamrank.replay.run;

import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.ListScoring;
import io.streamrank.model.Reranker;
import io.streamrank.replay.run.Chunk.Listed;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.replay.run.Recorded.Unusable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts a source into portions. For one thread. */
final class ChunkReader {
    private final ListSource source;
    private final List<Reranker> models;
    private final ReplaySettings settings;
    private long taken;

    /** @param taken how many lists were taken before */
    ChunkReader(ListSource source, List<Reranker> models, ReplaySettings settings, long taken) {
        this.source = source;
        this.models = List.copyOf(models);
        this.settings = settings;
        this.taken = taken;
    }

    /** The next portion; null where there is nothing more to read. */
    @Nullable Chunk next() throws IOException, InterruptedException {
        List<Listed> lists = new ArrayList<>();
        List<Unusable> unusable = new ArrayList<>();
        long chars = 0;
        long read = 0;
        long notSampled = 0;
        long mostRead = (long) settings.chunkLists() * ReplaySettings.READ_PER_LIST;
        while (taken < settings.maxLists()
                && lists.size() < settings.chunkLists()
                && chars < settings.chunkChars()
                && read < mostRead) {
            Recorded recorded = source.next();
            if (recorded == null) {
                break;
            }
            read++;
            if (recorded instanceof Unusable gone) {
                unusable.add(gone);
            } else if (!settings.sample()
                    .holds(((CandidateEvent) recorded).request().query().text())) {
                notSampled++;
            } else {
                CandidateEvent event = (CandidateEvent) recorded;
                try {
                    lists.add(new Listed(event, source.live(), readable(event.request())));
                    chars += ListScoring.chars(event.request());
                    taken++;
                } catch (RejectedException e) {
                    unusable.add(Unusable.of(event.source(), e.rejection()));
                }
            }
        }
        return read == 0
                ? null
                : new Chunk(lists, unusable, read, notSampled, source.position(), source.fractionRead());
    }

    private List<RerankRequest> readable(RerankRequest request) throws RejectedException {
        List<RerankRequest> byModel = new ArrayList<>(models.size());
        for (Reranker model : models) {
            byModel.add(ListScoring.readable(request, model));
        }
        return byModel;
    }
}
