/**
 * What a process says of itself over HTTP, and what it can be asked there: health, metrics, the API, the page.
 * Everything Vert.x. Knows the rooms whose figures it shows; knows nothing of commands.
 */
@NullMarked
package io.streamrank.http;

import org.jspecify.annotations.NullMarked;
