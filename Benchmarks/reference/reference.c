/* CPU time per event of the reference engine, called through its C interface.
 *
 * usage: reference LIBRARY STORE_CONFIG PII_CONFIG EVENTS ROUNDS
 *
 * EVENTS holds one event per line. Printed per event, tab separated: its bytes, then microseconds
 * of CPU to normalise it, to scrub it (the configuration's compile per call taken off, measured by
 * scrubbing `{}` in between), and to scrub what normalising gave (-1 if it refuses the event). The minimum of
 * ROUNDS is printed, without the time that reading the clock takes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { char *data; uintptr_t len; bool owned; } Text;
typedef void *Normalizer;

static double cpu_microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static double least(double a, double b) { return a < b ? a : b; }
static double positive(double a) { return a > 0 ? a : 0; }

static Text read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(2); }
  fseek(file, 0, SEEK_END);
  long length = ftell(file);
  rewind(file);
  Text text = {malloc(length + 1), (uintptr_t)length, false};
  if (fread(text.data, 1, length, file) != (size_t)length) { perror(path); exit(2); }
  text.data[length] = 0;
  fclose(file);
  return text;
}

int main(int count, char **arguments) {
  if (count != 6) { fprintf(stderr, "usage: reference LIBRARY STORE_CONFIG PII_CONFIG EVENTS ROUNDS\n"); return 2; }
  void *library = dlopen(arguments[1], RTLD_NOW);
  if (!library) { fprintf(stderr, "%s\n", dlerror()); return 2; }
  void (*initialise)(void) = (void (*)(void))dlsym(library, "relay_init");
  Normalizer (*make)(const Text *, void *) = (Normalizer(*)(const Text *, void *))dlsym(library, "relay_store_normalizer_new");
  Text (*normalise)(Normalizer, const Text *) = (Text(*)(Normalizer, const Text *))dlsym(library, "relay_store_normalizer_normalize_event");
  Text (*strip)(const Text *, const Text *) = (Text(*)(const Text *, const Text *))dlsym(library, "relay_pii_strip_event");
  void (*release)(Text *) = (void (*)(Text *))dlsym(library, "relay_str_free");
  if (!initialise || !make || !normalise || !strip || !release) { fprintf(stderr, "not the reference library\n"); return 2; }
  initialise();
  Text store = read_file(arguments[2]), pii = read_file(arguments[3]), events = read_file(arguments[4]);
  int rounds = atoi(arguments[5]);
  Normalizer normalizer = make(&store, NULL);
  if (!normalizer) { fprintf(stderr, "the reference refuses the store configuration\n"); return 2; }

  Text empty = {"{}", 2, false};
  double total = 0;
  int event_count = 0;
  double clock = 1e18; /* what reading it costs is in every figure */
  for (int round = 0; round < 1000; round++) {
    double begun = cpu_microseconds();
    double spent = cpu_microseconds() - begun;
    if (spent < clock) clock = spent;
  }

  for (char *line = events.data, *end = events.data + events.len; line < end;) {
    char *stop = memchr(line, '\n', end - line);
    if (!stop) stop = end;
    Text event = {line, (uintptr_t)(stop - line), false};
    line = stop + 1;
    if (event.len == 0) continue;
    /* The compile is measured beside each event: what it costs depends on the heap's state. */
    double normalising = 1e18, scrubbing = 1e18, both = 1e18, compile = 1e18;
    bool is_refused = false;
    for (int round = 0; round < rounds; round++) {
      double start = cpu_microseconds();
      Text normalised = normalise(normalizer, &event);
      normalising = least(normalising, cpu_microseconds() - start);
      start = cpu_microseconds();
      Text stripped = strip(&pii, &event);
      scrubbing = least(scrubbing, cpu_microseconds() - start);
      if (stripped.data) release(&stripped);
      if (normalised.data) {
        start = cpu_microseconds();
        Text final = strip(&pii, &normalised);
        both = least(both, cpu_microseconds() - start);
        if (final.data) release(&final);
        release(&normalised);
      } else {
        is_refused = true;
      }
      start = cpu_microseconds();
      Text nothing = strip(&pii, &empty);
      compile = least(compile, cpu_microseconds() - start);
      release(&nothing);
    }
    total += compile;
    event_count++;
    printf("%zu\t%.1f\t%.1f\t%.1f\n", (size_t)event.len, normalising - clock,
           positive(scrubbing - compile), is_refused ? -1 : positive(both - compile));
  }
  fprintf(stderr, "configuration compile per call, taken off: %.1f us on average\n",
          event_count ? total / event_count : 0);
  return 0;
}
