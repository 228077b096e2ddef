package io.streamrank.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/** The objects below a prefix of a bucket, by the two requests of S3's that it takes: to list, and to get. */
final class S3Source implements Source {
    private static final int LISTING_BYTES_MAX = 8 << 20;

    /** Of up to 1,000 objects each. */
    private static final int PAGES_MAX = 1_000;

    private final Location.S3 location;
    private final FetchSettings settings;
    private final String base;
    private final HttpReader reader;

    S3Source(Location.S3 location, FetchSettings settings, Clock clock) {
        this.location = location;
        this.settings = settings;
        FetchSettings.S3 s3 = settings.s3();
        this.base = s3.endpoint()
                .map(endpoint -> endpoint.replaceAll("/+$", "") + "/" + location.bucket())
                .orElseGet(() -> "https://" + location.bucket() + ".s3." + s3.region() + ".amazonaws.com");
        this.reader = new HttpReader(
                location.toString(),
                settings.stallTimeout(),
                (uri, others) -> s3.keys()
                        .map(keys -> SignedRequest.headers(uri, others, keys, s3.region(), clock.instant()))
                        .orElse(others));
    }

    @Override
    public List<RemoteFile> files() throws IOException {
        Packing packing = Packing.ofName(location.key());
        if (packing != Packing.NONE) {
            String name = location.key().substring(location.key().lastIndexOf('/') + 1);
            return List.of(
                    new RemoteFile(name, RemoteFile.UNKNOWN, Optional.empty(), packing, address(location.key())));
        }
        String prefix =
                location.key().isEmpty() || location.key().endsWith("/") ? location.key() : location.key() + "/";
        List<RemoteFile> files = new ArrayList<>();
        Optional<String> token = Optional.empty();
        int pages = 0;
        do {
            Page page = page(prefix, token);
            for (RemoteFile object : page.objects()) {
                String name = object.name().startsWith(prefix) ? object.name().substring(prefix.length()) : "";
                if (CheckpointNames.isWanted(name)) {
                    files.add(new RemoteFile(
                            name, object.size(), Optional.empty(), Packing.NONE, address(object.name())));
                }
            }
            pages++;
            if (files.size() > settings.maxFiles()) {
                return files;
            }
            if (pages > PAGES_MAX) {
                throw new FetchException(
                        location.toString(),
                        "its listing has more than " + PAGES_MAX + " pages",
                        "Name the checkpoint's own prefix");
            }
            token = page.next();
        } while (token.isPresent());
        if (files.isEmpty()) {
            throw new FetchException(
                    location.toString(),
                    "holds no file of a checkpoint",
                    "Name the prefix that config.json, model.safetensors and tokenizer.json have in common");
        }
        return files;
    }

    private record Page(List<RemoteFile> objects, Optional<String> next) {}

    private Page page(String prefix, Optional<String> token) throws IOException {
        String query = token.map(next -> "continuation-token=" + encoded(next) + "&")
                        .orElse("") + "list-type=2&prefix=" + encoded(prefix);
        byte[] listing = reader.read(URI.create(base + "/?" + query), "", LISTING_BYTES_MAX)
                .orElseThrow(() -> new FetchException(
                        location.toString(), "there is no such bucket", "Check bucket and endpoint"));
        return parse(listing);
    }

    private Page parse(byte[] listing) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        try {
            XMLStreamReader xml = factory.createXMLStreamReader(new ByteArrayInputStream(listing));
            List<RemoteFile> objects = new ArrayList<>();
            @Nullable String next = null;
            String key = "";
            String element = "";
            while (xml.hasNext()) {
                int event = xml.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    element = xml.getLocalName();
                } else if (event == XMLStreamConstants.END_ELEMENT) {
                    element = "";
                } else if (event == XMLStreamConstants.CHARACTERS) {
                    switch (element) {
                        case "Key" -> key = xml.getText();
                        case "Size" ->
                            objects.add(new RemoteFile(
                                    key, Long.parseLong(xml.getText()), Optional.empty(), Packing.NONE, ""));
                        case "NextContinuationToken" -> next = xml.getText();
                        default -> {}
                    }
                }
            }
            return new Page(objects, Optional.ofNullable(next));
        } catch (XMLStreamException | NumberFormatException e) {
            throw new FetchException(
                    location.toString(), "its listing is not as S3's: " + e.getMessage(), "Check the endpoint", e);
        }
    }

    private String address(String key) {
        return base + "/" + Stream.of(key.split("/", -1)).map(S3Source::encoded).collect(Collectors.joining("/"));
    }

    /** As signatures have it: everything but letters, digits and {@code -._~}. */
    static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }

    @Override
    public Piece open(RemoteFile file, long from) throws IOException {
        return reader.open(URI.create(file.address()), file.name(), from);
    }
}
