package io.streamrank.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An archive of an HTTP server, or a folder of it: as HTTP lists no folders, the files that {@code SHA256SUMS} names
 * there, else those that a checkpoint is made of and that are there.
 */
final class HttpSource implements Source {
    private static final int INDEX_BYTES_MAX = 64 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Location.Http location;
    private final HttpReader reader;

    HttpSource(Location.Http location, FetchSettings settings) {
        this.location = location;
        this.reader = new HttpReader(location.toString(), settings.stallTimeout(), (uri, others) -> {
            Map<String, String> headers = new HashMap<>(others);
            settings.access().token().ifPresent(token -> headers.put("Authorization", "Bearer " + token));
            return headers;
        });
    }

    @Override
    public List<RemoteFile> files() throws IOException {
        String path = location.uri().getPath();
        Packing packing = Packing.ofName(path);
        if (packing != Packing.NONE) {
            String name = path.substring(path.lastIndexOf('/') + 1);
            return List.of(new RemoteFile(
                    name,
                    RemoteFile.UNKNOWN,
                    Optional.empty(),
                    packing,
                    location.uri().toString()));
        }
        Optional<byte[]> sums = reader.read(address(Sums.NAME), Sums.NAME, Sums.BYTES_MAX);
        List<RemoteFile> files = new ArrayList<>();
        if (sums.isPresent()) {
            for (Map.Entry<String, String> sum : Sums.parse(new String(sums.get(), UTF_8), location + " " + Sums.NAME)
                    .entrySet()) {
                files.add(file(sum.getKey(), RemoteFile.UNKNOWN).withSha256(sum.getValue()));
            }
            return files;
        }
        for (String name : CheckpointNames.REQUIRED) {
            files.add(file(name, RemoteFile.UNKNOWN));
        }
        for (String name : CheckpointNames.OPTIONAL) {
            addIfThere(name, files);
        }
        if (!addIfThere(CheckpointNames.WEIGHTS, files)) {
            addShards(files);
        }
        return files;
    }

    private boolean addIfThere(String name, List<RemoteFile> files) throws IOException {
        Optional<Long> size = reader.size(address(name), name);
        size.ifPresent(bytes -> files.add(file(name, bytes)));
        return size.isPresent();
    }

    private void addShards(List<RemoteFile> files) throws IOException {
        String name = CheckpointNames.INDEX;
        byte[] index = reader.read(address(name), name, INDEX_BYTES_MAX)
                .orElseThrow(() -> new FetchException(
                        location.toString(),
                        "holds neither " + CheckpointNames.WEIGHTS + " nor " + CheckpointNames.INDEX,
                        "Name the folder that holds a checkpoint as transformers saves it"));
        files.add(file(name, index.length));
        TreeSet<String> shards = new TreeSet<>();
        for (JsonNode shard : JSON.readTree(index).path("weight_map")) {
            shards.add(FileNames.require(shard.asText(), location + " " + name));
        }
        shards.forEach(shard -> files.add(file(shard, RemoteFile.UNKNOWN)));
    }

    private RemoteFile file(String name, long size) {
        return new RemoteFile(
                name, size, Optional.empty(), Packing.NONE, address(name).toString());
    }

    private URI address(String name) {
        String text = location.uri().toString();
        int query = text.indexOf('?');
        String base = query < 0 ? text : text.substring(0, query);
        String encoded = Stream.of(name.split("/"))
                .map(segment -> URLEncoder.encode(segment, UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
        return URI.create(base + (base.endsWith("/") ? "" : "/") + encoded + (query < 0 ? "" : text.substring(query)));
    }

    @Override
    public Piece open(RemoteFile file, long from) throws IOException {
        return reader.open(URI.create(file.address()), file.name(), from);
    }
}
