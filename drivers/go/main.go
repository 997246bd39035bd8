// The Go driver of batchmark: net/http, measured with the standard library alone.
//
// docs/driver-protocol.md defines what a driver does, README.md what this one measures. Its argument is the
// path of conditions.json. It must never add a timeout, a dialer or a goroutine to a request that a user's
// client would not have: the time limit cancels the context of the whole batch.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// version is the version of the protocol that this driver speaks.
const version = 1

// grace is how long an interrupted batch may take to end before the driver stops waiting for it.
const grace = time.Second

func main() {
	if len(os.Args) != 2 {
		fail("name the file of the conditions: main.go drivers/conditions.json")
	}
	conditions, err := readDefinitions(os.Args[1])
	if err != nil {
		fail(fmt.Sprintf("the conditions cannot be read: %v", err))
	}
	newDriver(conditions).serve()
}

func fail(reason string) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}

// The clock

// moment is a reading of the machine's monotonic clock, in nanoseconds. It is never 0.
type moment int64

// clock turns readings of Go's monotonic clock into those of the machine's. They differ by a constant, which
// Go hides.
type clock struct {
	origin time.Time
	offset moment
}

// openClock reads both clocks at nearly the same time, several times, and keeps the closest pair.
func openClock() clock {
	best, found := time.Duration(1<<62), clock{}
	for try := 0; try < 32; try++ {
		before := time.Now()
		system := systemClock()
		if width := time.Since(before); width < best {
			best, found = width, clock{before.Add(width / 2), system}
		}
	}
	return found
}

func (c clock) now() moment {
	return c.offset + moment(time.Since(c.origin))
}

// systemClock reads CLOCK_MONOTONIC. The standard library has no other way to it than the system call.
func systemClock() moment {
	const monotonic = 1
	var read syscall.Timespec
	_, _, failure := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&read)), 0)
	if failure != 0 {
		fail(fmt.Sprintf("the monotonic clock cannot be read: %v", failure))
	}
	return moment(read.Nano())
}

// Conditions

// definition is what conditions.json says of a condition; the values are passed on as they are.
type definition struct {
	Summary  string          `json:"summary"`
	Default  json.RawMessage `json:"default"`
	Values   json.RawMessage `json:"values"`
	Variants []variant       `json:"variants"`
}

// variant is what differs for some clients; an absent field keeps the condition's own.
type variant struct {
	Clients []string        `json:"clients"`
	Summary *string         `json:"summary"`
	Default json.RawMessage `json:"default"`
	Values  json.RawMessage `json:"values"`
}

// rule is which values a condition takes.
type rule struct {
	Words     []string `json:"words"`
	CountFrom *uint64  `json:"count_from"`
	TimeAfter *string  `json:"time_after"`
}

// conditionSpec is a condition as hello describes it.
type conditionSpec struct {
	Name    string          `json:"name"`
	Default string          `json:"default"`
	Values  json.RawMessage `json:"values"`
	Summary string          `json:"summary"`
	rule    rule
}

// client is the name under which conditions.json knows net/http.
const client = "go"

func readDefinitions(path string) (map[string]definition, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	definitions := map[string]definition{}
	return definitions, json.Unmarshal(text, &definitions)
}

// specify describes a condition for this client.
func specify(definitions map[string]definition, name string) conditionSpec {
	found, isDefined := definitions[name]
	if !isDefined {
		fail(fmt.Sprintf("conditions.json does not define %s", name))
	}
	for _, each := range found.Variants {
		if contains(each.Clients, client) {
			found = found.varied(each)
		}
	}
	spec := conditionSpec{Name: name, Values: found.Values, Summary: found.Summary}
	if err := json.Unmarshal(found.Default, &spec.Default); err != nil {
		fail(fmt.Sprintf("the default of %s is not a text: %v", name, err))
	}
	if err := json.Unmarshal(found.Values, &spec.rule); err != nil {
		fail(fmt.Sprintf("the values of %s cannot be read: %v", name, err))
	}
	return spec
}

func (d definition) varied(by variant) definition {
	if by.Summary != nil {
		d.Summary = *by.Summary
	}
	if by.Default != nil {
		d.Default = by.Default
	}
	if by.Values != nil {
		d.Values = by.Values
	}
	return d
}

var (
	countText = regexp.MustCompile(`^[0-9]+$`)
	timeText  = regexp.MustCompile(`^(0|[0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m))$`)
)

func (r rule) accepts(value string) bool {
	if contains(r.Words, value) {
		return true
	}
	if r.CountFrom != nil && countText.MatchString(value) {
		count, err := strconv.ParseUint(value, 10, 31)
		return err == nil && count >= *r.CountFrom
	}
	return r.TimeAfter != nil && strings.HasPrefix(value, *r.TimeAfter) &&
		timeText.MatchString(strings.TrimPrefix(value, *r.TimeAfter))
}

// String describes the valid values: "native or a number from 1 up".
func (r rule) String() string {
	parts := append([]string{}, r.Words...)
	if r.CountFrom != nil {
		parts = append(parts, fmt.Sprintf("a number from %d up", *r.CountFrom))
	}
	if r.TimeAfter != nil {
		parts = append(parts, fmt.Sprintf("%sTIME (such as %s11ms)", *r.TimeAfter, *r.TimeAfter))
	}
	return strings.Join(parts, " or ")
}

// settings are the values of all conditions.
type settings struct {
	isWarm      bool
	concurrency int
	idle        int
	resumes     bool
	// http is the version of HTTP that is asked for: native, 1.1 or 2.
	http string
	// sleep is how long a request sleeps instead; nil where it fetches.
	sleep *time.Duration
}

// readSettings reads the given value of each condition of a strategy, else its default.
func readSettings(spec strategySpec, given map[string]string) (settings, *refusal) {
	values := map[string]string{}
	for _, condition := range spec.Conditions {
		values[condition.Name] = condition.Default
	}
	for name, value := range given {
		condition, isKnown := spec.condition(name)
		if !isKnown {
			known := strings.Join(spec.conditionNames(), ", ")
			return settings{}, refuse("bad_condition", "%s has no condition %q: it has %s", spec.Name, name, known)
		}
		if !condition.rule.accepts(value) {
			return settings{}, refuse("bad_condition", "%s=%s is not valid: use %v", name, value, condition.rule)
		}
		values[name] = value
	}
	return settings{
		isWarm:      values["session"] == "warm",
		concurrency: count(values["concurrency"]),
		idle:        count(values["pool"]),
		resumes:     values["resume"] == "on",
		http:        values["http"],
		sleep:       sleepOf(values["work"]),
	}, nil
}

// count reads a number that a rule has accepted; 1 for a condition that the strategy does not have.
func count(text string) int {
	number, err := strconv.Atoi(text)
	if err != nil {
		return 1
	}
	return number
}

func sleepOf(work string) *time.Duration {
	const prefix = "sleep:"
	if !strings.HasPrefix(work, prefix) {
		return nil
	}
	length, err := time.ParseDuration(strings.TrimPrefix(work, prefix))
	if err != nil {
		return nil
	}
	return &length
}

// Strategies

// strategySpec is a strategy as hello describes it.
type strategySpec struct {
	Name       string          `json:"name"`
	Summary    string          `json:"summary"`
	Conditions []conditionSpec `json:"conditions"`
	Columns    []string        `json:"columns"`
	run        func(b *batch)
}

func strategies(definitions map[string]definition) []strategySpec {
	described := func(names ...string) []conditionSpec {
		specs := make([]conditionSpec, len(names))
		for place, name := range names {
			specs[place] = specify(definitions, name)
		}
		return specs
	}
	columns := append(append([]string{}, milestoneNames[:]...), "connection", "status", "bytes", "error")
	columns = without(columns, milestoneNames[securing])
	return []strategySpec{
		{
			Name:       "go/sequential",
			Summary:    "net/http, one request after another",
			Conditions: described("session", "pool", "resume", "http", "work"),
			Columns:    columns,
			run:        (*batch).runSequentially,
		},
		{
			Name:       "go/concurrent",
			Summary:    "net/http, one goroutine for each request",
			Conditions: described("session", "concurrency", "pool", "resume", "http", "work"),
			Columns:    columns,
			run:        (*batch).runConcurrently,
		},
	}
}

func (s strategySpec) condition(name string) (conditionSpec, bool) {
	for _, condition := range s.Conditions {
		if condition.Name == name {
			return condition, true
		}
	}
	return conditionSpec{}, false
}

func (s strategySpec) conditionNames() []string {
	names := make([]string, len(s.Conditions))
	for place, condition := range s.Conditions {
		names[place] = condition.Name
	}
	return names
}

// runSequentially makes one request after another.
func (b *batch) runSequentially() {
	for place := range b.rows {
		at := b.clock.now()
		b.rows[place].markAt(submitted, at)
		b.rows[place].markAt(started, at)
		b.make(place)
	}
}

// runConcurrently makes each request in a goroutine of its own, with a limit on those in flight.
func (b *batch) runConcurrently() {
	at := b.clock.now()
	for place := range b.rows {
		b.rows[place].markAt(submitted, at)
	}
	permits := make(chan struct{}, b.settings.concurrency)
	var all sync.WaitGroup
	all.Add(len(b.rows))
	for place := range b.rows {
		go func(place int) {
			defer all.Done()
			permits <- struct{}{}
			b.rows[place].mark(started)
			b.make(place)
			<-permits
		}(place)
	}
	all.Wait()
}

// Rows

// milestone is the place of a milestone among the columns.
type milestone int

const (
	submitted milestone = iota
	started
	resolving
	resolved
	connecting
	connected
	securing
	secured
	writing
	sent
	firstByte
	done
	milestones
)

var milestoneNames = [milestones]string{
	"submitted", "started", "resolving", "resolved", "connecting", "connected", "securing", "secured",
	"writing", "sent", "first_byte", "done",
}

// failure is how a request failed.
type failure struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// row is what is known of one request. The hooks of a connection that another request gets may still come
// when the batch is over, so each access is locked.
type row struct {
	isTraced bool
	clock    clock
	lock     sync.Mutex
	at       [milestones]moment
	// exchanges counts the connections that the request was given: more than one after a redirect or a
	// repetition.
	exchanges  int
	connection *int64
	// isReused says that the connection was not opened for this request.
	isReused bool
	// hadInterim says that an interim response came first: no hook shows the first byte of the next one.
	hadInterim bool
	isHTTP2    bool
	// version is the response's version of HTTP, such as "2"; empty without a response.
	version string
	hasBody    bool
	status     *int
	bytes      *int64
	isSettled  bool
	failure    *failure
}

// mark keeps the first time at which the request passes a milestone.
func (r *row) mark(passed milestone) {
	if r.isTraced {
		r.markAt(passed, r.clock.now())
	}
}

func (r *row) markAt(passed milestone, at moment) {
	if !r.isTraced {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.at[passed] == 0 {
		r.at[passed] = at
	}
}

func (r *row) update(change func(r *row)) {
	r.lock.Lock()
	defer r.lock.Unlock()
	change(r)
}

// hooks are net/http's own. WroteHeaders comes right before the write of a request without a body, and
// TLSHandshakeStart before the keys are made, so it is not `securing`.
func (r *row) hooks(session *session) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart:     func(httptrace.DNSStartInfo) { r.mark(resolving) },
		DNSDone:      func(httptrace.DNSDoneInfo) { r.mark(resolved) },
		ConnectStart: func(string, string) { r.mark(connecting) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				r.mark(connected)
			}
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if err == nil {
				r.mark(secured)
			}
		},
		GotConn: func(got httptrace.GotConnInfo) {
			ordinal := session.ordinal(got.Conn)
			r.update(func(r *row) {
				r.exchanges++
				r.connection, r.isReused = &ordinal, got.Reused || !r.hasOpened(got.Conn)
			})
		},
		WroteHeaders: func() {
			at := r.clock.now()
			r.markAt(writing, at)
			r.markAt(sent, at)
		},
		GotFirstResponseByte: func() { r.mark(firstByte) },
		Got1xxResponse: func(int, textproto.MIMEHeader) error {
			r.update(func(r *row) { r.hadInterim = true })
			return nil
		},
	}
}

// hasOpened says whether the request's own dial is over. Otherwise it got the connection of another request,
// as all requests that wait do when the first connection speaks HTTP/2.
func (r *row) hasOpened(connection net.Conn) bool {
	if _, isSecure := connection.(*tls.Conn); isSecure {
		return r.at[secured] != 0
	}
	return r.at[connected] != 0
}

// forget drops what the hooks do not show of this request.
func (r *row) forget() {
	if r.exchanges > 1 {
		r.connection = nil
		r.drop(resolving, firstByte)
	}
	if r.isReused {
		r.drop(resolving, secured)
	}
	if r.isHTTP2 {
		r.drop(writing, sent)
	}
	if r.hasBody {
		r.drop(sent, sent)
	}
	if r.hadInterim {
		r.drop(firstByte, firstByte)
	}
}

func (r *row) drop(first, last milestone) {
	for each := first; each <= last; each++ {
		r.at[each] = 0
	}
}

// Sessions

// session is one client with its connections.
type session struct {
	client      *http.Client
	transport   *http.Transport
	lock        sync.Mutex
	connections map[net.Conn]int64
}

// opened counts the connections of the process.
var opened atomic.Int64

// openSession opens a client with net/http's defaults, without a proxy.
func openSession(p *preparation) *session {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.MaxIdleConnsPerHost = p.settings.idle
	if transport.MaxIdleConns < p.settings.idle {
		transport.MaxIdleConns = p.settings.idle
	}
	if p.settings.isWarm {
		// By default an idle connection is closed after 90 s: between two batches.
		transport.IdleConnTimeout = 0
	}
	transport.TLSClientConfig = p.trust.config()
	switch {
	case p.settings.http == "1.1":
		transport.ForceAttemptHTTP2 = false
		transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	case p.knowsHTTP2():
		speakUnencryptedHTTP2(transport)
	}
	if p.settings.resumes {
		transport.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return &session{
		client:      &http.Client{Transport: transport},
		transport:   transport,
		connections: map[net.Conn]int64{},
	}
}

// hasUnencryptedHTTP2 says whether net/http speaks HTTP/2 without TLS: from Go 1.24 on.
func hasUnencryptedHTTP2() bool {
	_, isThere := reflect.TypeOf(http.Transport{}).FieldByName("Protocols")
	return isThere
}

// speakUnencryptedHTTP2 makes a transport speak HTTP/2 without TLS, where it can. Reflection, because this
// file must compile with older versions of Go.
func speakUnencryptedHTTP2(transport *http.Transport) {
	if !hasUnencryptedHTTP2() {
		return
	}
	field := reflect.ValueOf(transport).Elem().FieldByName("Protocols")
	protocols := reflect.New(field.Type().Elem())
	protocols.MethodByName("SetUnencryptedHTTP2").Call([]reflect.Value{reflect.ValueOf(true)})
	field.Set(protocols)
}

// ordinal is the number of a connection.
func (s *session) ordinal(connection net.Conn) int64 {
	s.lock.Lock()
	defer s.lock.Unlock()
	number, isKnown := s.connections[connection]
	if !isKnown {
		number = opened.Add(1) - 1
		s.connections[connection] = number
	}
	return number
}

func (s *session) close() {
	s.transport.CloseIdleConnections()
}

// Batches

// batch is one trial while it runs.
type batch struct {
	*preparation
	session  *session
	rows     []row
	context  context.Context
	deadline time.Time
}

// make makes one request and settles its row.
func (b *batch) make(place int) {
	r := &b.rows[place]
	failure := b.limitFailure()
	if failure == nil {
		failure = b.fetch(place)
	}
	// After the limit every result is a timeout: a cut-off body can look complete.
	if late := b.limitFailure(); late != nil {
		failure = late
	} else if failure == nil || failure.Kind == "status" || failure.Kind == "check" {
		r.mark(done)
	}
	r.update(func(r *row) { r.isSettled, r.failure = true, failure })
}

// limitFailure is the failure of a request after the time limit; nil before it.
func (b *batch) limitFailure() *failure {
	if time.Now().Before(b.deadline) {
		return nil
	}
	return &failure{"timeout", fmt.Sprintf("the trial reached its time limit of %s", writeLimit(b.limit))}
}

func (b *batch) fetch(place int) *failure {
	if b.settings.sleep != nil {
		return b.rest(*b.settings.sleep)
	}
	r, wanted := &b.rows[place], b.requests[place]
	ctx := b.context
	if b.isTraced {
		ctx = httptrace.WithClientTrace(ctx, r.hooks(b.session))
	}
	request, err := wanted.build(ctx)
	if err != nil {
		return failureOf(err)
	}
	response, err := b.session.client.Do(request)
	if err != nil {
		return failureOf(err)
	}
	length, err := io.Copy(io.Discard, response.Body)
	response.Body.Close()
	r.update(func(r *row) {
		r.status, r.bytes = &response.StatusCode, &length
		r.isHTTP2 = response.ProtoMajor == 2
		r.version = strings.TrimSuffix(strings.TrimPrefix(response.Proto, "HTTP/"), ".0")
	})
	if err != nil {
		return failureOf(err)
	}
	return b.checks.check(response.StatusCode, length)
}

func (b *batch) rest(length time.Duration) *failure {
	if left := time.Until(b.deadline); left < length {
		length = left
	}
	time.Sleep(length)
	return nil
}

func (c checks) check(status int, length int64) *failure {
	expected := make([]string, len(c.Statuses))
	for place, each := range c.Statuses {
		expected[place] = strconv.Itoa(each)
		if each == status && length < c.MinBytes {
			return &failure{"check", fmt.Sprintf("body of %d bytes, expected at least %d", length, c.MinBytes)}
		}
		if each == status {
			return nil
		}
	}
	return &failure{"status", fmt.Sprintf("status %d, expected %s", status, strings.Join(expected, " or "))}
}

// writeLimit writes a limit as people do, and as all drivers do: 30 s, 1500 ms.
func writeLimit(limit time.Duration) string {
	if limit%time.Second == 0 {
		return fmt.Sprintf("%d s", limit/time.Second)
	}
	return strconv.FormatFloat(float64(limit)/1e6, 'f', -1, 64) + " ms"
}

// Failures

// failureOf finds the kind of an error of net/http.
func failureOf(err error) *failure {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return &failure{kindOf(err), err.Error()}
}

func kindOf(err error) string {
	if kind := certificateKind(err); kind != "" {
		return kind
	}
	var lookup *net.DNSError
	var operation *net.OpError
	var notTLS tls.RecordHeaderError
	text := err.Error()
	switch {
	case errors.As(err, &lookup):
		return "dns"
	case errors.As(err, &operation) && operation.Op == "dial":
		return "refused"
	case errors.As(err, &notTLS), strings.Contains(text, "tls: "), strings.Contains(text, "TLS handshake"):
		return "tls"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		strings.Contains(text, "server closed idle connection"):
		return "reset"
	case strings.Contains(text, `malformed HTTP response "\x00\x00`):
		return "http2_only"
	case strings.Contains(text, "1xx"):
		return "interim_status"
	}
	return "protocol"
}

// certificateKind is the kind of an error about a certificate; empty for any other.
func certificateKind(err error) string {
	var untrusted x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &untrusted):
		return "certificate_untrusted"
	case errors.As(err, &name):
		return "certificate_name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate_dates"
	case errors.As(err, &invalid):
		return "certificate_unfit"
	}
	return ""
}

// Targets

// target is what a prepare command asks for.
type target struct {
	Requests  []targetRequest `json:"requests"`
	Headers   []header        `json:"headers"`
	Trust     *trustOrder     `json:"trust"`
	Checks    *checks         `json:"checks"`
	TimeLimit *int64          `json:"time_limit"`
}

type targetRequest struct {
	Method string  `json:"method"`
	URL    string  `json:"url"`
	Body   *string `json:"body"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type trustOrder struct {
	Roots string `json:"roots"`
	Path  string `json:"path"`
}

type checks struct {
	Statuses []int `json:"statuses"`
	MinBytes int64 `json:"min_bytes"`
}

// wantedRequest is a request that has been checked.
type wantedRequest struct {
	method  string
	url     string
	host    string
	headers http.Header
	body    []byte
}

// build makes a request as users do, from the text of its URL.
func (w wantedRequest) build(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if w.body != nil {
		body = bytes.NewReader(w.body)
	}
	request, err := http.NewRequestWithContext(ctx, w.method, w.url, body)
	if err != nil {
		return nil, err
	}
	for name, values := range w.headers {
		request.Header[name] = values
	}
	if w.host != "" {
		request.Host = w.host
	}
	return request, nil
}

func readRequests(t *target) ([]wantedRequest, *refusal) {
	if len(t.Requests) == 0 {
		return nil, refuse("bad_target", "the target has no requests")
	}
	headers, host, refused := readHeaders(t.Headers)
	if refused != nil {
		return nil, refused
	}
	requests := make([]wantedRequest, len(t.Requests))
	for place, each := range t.Requests {
		if refused := checkRequest(each); refused != nil {
			return nil, refused
		}
		wanted := wantedRequest{method: each.Method, url: each.URL, host: host, headers: headers}
		if each.Body != nil {
			wanted.body = []byte(*each.Body)
		}
		requests[place] = wanted
	}
	return requests, nil
}

func checkRequest(request targetRequest) *refusal {
	parsed, err := url.Parse(request.URL)
	switch {
	case err != nil:
		return refuse("bad_target", "%q is not a URL: %v", request.URL, err)
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return refuse("bad_target", "%q is not an http or https URL", request.URL)
	case parsed.Hostname() == "" || !isPort(parsed.Port()) || strings.HasSuffix(parsed.Host, ":"):
		return refuse("bad_target", "%q has no valid host and port", request.URL)
	case parsed.User != nil:
		return refuse("bad_target", "%q contains credentials: send them in an Authorization header", request.URL)
	case !isToken(request.Method) || request.Method == http.MethodConnect:
		return refuse("bad_target", "%q is not a valid method: use one such as GET or POST", request.Method)
	}
	return nil
}

// isPort says whether a text is the port of a URL; an empty one is that of the scheme.
func isPort(text string) bool {
	number, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && number > 0
}

// readHeaders gives the headers of every request, and the Host that net/http takes apart from them.
func readHeaders(given []header) (http.Header, string, *refusal) {
	headers, host := http.Header{}, ""
	for _, each := range given {
		name := http.CanonicalHeaderKey(each.Name)
		switch {
		case !isToken(each.Name):
			return nil, "", refuse("bad_target", "%q is not a valid header name", each.Name)
		case strings.ContainsAny(each.Value, "\r\n\x00"):
			return nil, "", refuse("bad_target", "%q is not a valid value of the header %s", each.Value, each.Name)
		case name == "Content-Length" || name == "Transfer-Encoding" || name == "Trailer":
			return nil, "", refuse("bad_target", "leave out the header %s: the client sets it from the body", each.Name)
		case name == "Host" && host != "":
			return nil, "", refuse("bad_target", "the header %s is given twice", each.Name)
		case name == "Host":
			host = each.Value
		default:
			headers.Add(name, each.Value)
		}
	}
	return headers, host, nil
}

var token = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

func isToken(text string) bool {
	return token.MatchString(text)
}

// Trust

// trust is which certificates a client trusts.
type trust struct {
	// roots are nil for the system's own.
	roots       *x509.CertPool
	isAnyone    bool
	description string
}

func readTrust(order *trustOrder) (trust, *refusal) {
	switch order.Roots {
	case "default":
		return trust{description: "the system's certificates"}, nil
	case "anyone":
		return trust{isAnyone: true, description: "anyone"}, nil
	case "file":
		return readRoots(order.Path, x509.NewCertPool(), "the given file, and no other")
	case "added":
		system, err := x509.SystemCertPool()
		if err != nil {
			return trust{}, refuse("internal", "the system's certificates cannot be read: %v", err)
		}
		return readRoots(order.Path, system, "the system's certificates and the given file")
	}
	return trust{}, refuse("bad_command", "unknown roots %q", order.Roots)
}

func readRoots(path string, roots *x509.CertPool, description string) (trust, *refusal) {
	text, err := os.ReadFile(path)
	if err != nil {
		return trust{}, refuse("bad_target", "cannot read the certificate file %s: %v", path, err)
	}
	if !roots.AppendCertsFromPEM(text) {
		return trust{}, refuse("bad_target", "the certificate file %s contains no certificate in PEM format", path)
	}
	return trust{roots: roots, description: description}, nil
}

func (t trust) config() *tls.Config {
	return &tls.Config{RootCAs: t.roots, InsecureSkipVerify: t.isAnyone}
}

// Preparation

// preparation is a strategy that is ready for trials.
type preparation struct {
	strategy strategySpec
	settings settings
	requests []wantedRequest
	trust    trust
	checks   checks
	limit    time.Duration
	isTraced bool
	clock    clock
}

func (d *driver) prepared(order *command) (*preparation, *refusal) {
	spec, refused := d.strategy(*order.Strategy)
	if refused != nil {
		return nil, refused
	}
	chosen, refused := readSettings(spec, order.Conditions)
	if refused != nil {
		return nil, refused
	}
	requests, refused := readRequests(order.Target)
	if refused != nil {
		return nil, refused
	}
	trust, refused := readTrust(order.Target.Trust)
	if refused != nil {
		return nil, refused
	}
	return &preparation{
		strategy: spec,
		settings: chosen,
		requests: requests,
		trust:    trust,
		checks:   *order.Target.Checks,
		limit:    time.Duration(*order.Target.TimeLimit),
		isTraced: *order.Trace,
		clock:    d.clock,
	}, nil
}

func (d *driver) strategy(name string) (strategySpec, *refusal) {
	known := make([]string, len(d.strategies))
	for place, spec := range d.strategies {
		if spec.Name == name {
			return spec, nil
		}
		known[place] = spec.Name
	}
	return strategySpec{}, refuse("unknown_strategy", "unknown strategy %q: use one of %s", name, strings.Join(known, ", "))
}

// facts say what is true of a strategy that fetches.
func (p *preparation) facts() map[string]string {
	if p.settings.sleep != nil {
		return map[string]string{"runtime": "Go " + goVersion()}
	}
	facts := map[string]string{
		"http":        p.askedHTTP(),
		"compression": "gzip",
		"redirects":   "followed",
		"dns":         "looked up for each connection",
		"bodies":      "read to the end",
		"runtime":     "Go " + goVersion(),
	}
	if given := p.requests[0].headers.Get("Accept-Encoding"); given != "" {
		facts["compression"] = given
	}
	if !p.isSecure() {
		return facts
	}
	facts["verification"] = either(p.trust.isAnyone, "off", "on")
	facts["trust"] = p.trust.description
	facts["tls_library"] = "Go's crypto/tls " + goVersion()
	facts["resumption"] = either(p.settings.resumes, "offered", "never")
	return facts
}

// askedHTTP is the version of HTTP that is asked for, in the words of all drivers.
func (p *preparation) askedHTTP() string {
	switch {
	case p.settings.http != "1.1" && p.isSecure():
		return "2 where the server offers it, else 1.1"
	case p.knowsHTTP2() && hasUnencryptedHTTP2():
		return "2, without asking"
	}
	return "1.1"
}

// knowsHTTP2 says whether HTTP/2 is spoken without asking: without TLS nothing is negotiated.
func (p *preparation) knowsHTTP2() bool {
	return p.settings.http == "2" && !p.isSecure()
}

func (p *preparation) isSecure() bool {
	for _, each := range p.requests {
		if strings.HasPrefix(strings.ToLower(each.url), "https:") {
			return true
		}
	}
	return false
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

func goVersion() string {
	return strings.TrimPrefix(runtime.Version(), "go")
}

// Trials

// timing is when a batch started and finished, and what the process used meanwhile.
type timing struct {
	started, finished moment
	usage             map[string]int64
}

// run runs a batch of the first requests. It gives no timing if the input ended first.
func (d *driver) run(requests int) (*batch, *timing) {
	p := d.preparation
	deadline := time.Now().Add(p.limit)
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	b := &batch{preparation: p, rows: make([]row, requests), context: ctx, deadline: deadline}
	for place := range b.rows {
		r := &b.rows[place]
		r.isTraced, r.clock, r.hasBody = p.isTraced, p.clock, p.requests[place].body != nil
	}
	if p.settings.isWarm && d.warm == nil {
		d.warm = openSession(p)
	}
	timings := make(chan timing, 1)
	abandoned := timing{started: d.clock.now()}
	go func() { timings <- b.timed(d.warm) }()
	found := d.await(timings, time.NewTimer(p.limit), interrupt)
	if found != nil && found.finished == 0 {
		abandoned.finished = d.clock.now()
		found = &abandoned
	}
	if found != nil && !time.Now().Before(deadline) {
		d.drop()
	}
	return b, found
}

// timed is the timed section. A cold session is opened and closed in it.
func (b *batch) timed(warm *session) timing {
	before := usage()
	started := b.clock.now()
	b.session = warm
	if warm == nil {
		b.session = openSession(b.preparation)
	}
	b.strategy.run(b)
	if warm == nil {
		b.session.close()
	}
	finished := b.clock.now()
	return timing{started, finished, difference(before, usage())}
}

// await waits for the end of a batch, and interrupts it when its time limit passes. It gives nothing if the
// input ended first, and an empty timing if the batch did not end even then.
func (d *driver) await(timings chan timing, limit *time.Timer, interrupt func()) *timing {
	defer limit.Stop()
	select {
	case found := <-timings:
		return &found
	case <-d.ended:
		return nil
	case <-limit.C:
		interrupt()
	}
	select {
	case found := <-timings:
		return &found
	case <-d.ended:
		return nil
	case <-time.After(grace):
		return &timing{}
	}
}

// drop closes the warm session: an interrupted one cannot be used again.
func (d *driver) drop() {
	if d.warm != nil {
		d.warm.close()
	}
	d.warm = nil
}

func usage() map[string]int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return nil
	}
	return map[string]int64{
		"user":                 used.Utime.Nano(),
		"system":               used.Stime.Nano(),
		"voluntary_switches":   used.Nvcsw,
		"involuntary_switches": used.Nivcsw,
		"peak_memory":          used.Maxrss * 1024,
	}
}

func difference(before, after map[string]int64) map[string]int64 {
	for name, value := range before {
		if name != "peak_memory" {
			after[name] -= value
		}
	}
	return after
}

// columns are those of a trial that has ended, without the empty ones.
func (b *batch) columns(start moment) map[string][]any {
	columns := map[string][]any{}
	keep := func(name string, place int, value any) {
		if columns[name] == nil {
			columns[name] = make([]any, len(b.rows))
		}
		columns[name][place] = value
	}
	for place := range b.rows {
		b.rows[place].update(func(r *row) { r.report(place, start, b, keep) })
	}
	return columns
}

func (r *row) report(place int, start moment, b *batch, keep func(name string, place int, value any)) {
	r.forget()
	for each, at := range r.at {
		if at != 0 {
			keep(milestoneNames[each], place, at-start)
		}
	}
	if r.connection != nil {
		keep("connection", place, *r.connection)
	}
	if r.status != nil {
		keep("status", place, *r.status)
		keep("bytes", place, *r.bytes)
	}
	failed := r.failure
	if !r.isSettled {
		failed = b.limitFailure()
	}
	if failed != nil {
		keep("error", place, failed)
	}
}

// The protocol

// command is a line of the runner.
type command struct {
	Op         string            `json:"op"`
	Protocol   *int              `json:"protocol"`
	Strategy   *string           `json:"strategy"`
	Conditions map[string]string `json:"conditions"`
	Target     *target           `json:"target"`
	Trace      *bool             `json:"trace"`
	ID         *uint64           `json:"id"`
	Requests   *int              `json:"requests"`
}

// refusal is why a command is not carried out.
type refusal struct {
	Op      string `json:"op"`
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

func refuse(kind, format string, values ...any) *refusal {
	return &refusal{"error", kind, fmt.Sprintf(format, values...)}
}

// driver carries out one command after another.
type driver struct {
	clock       clock
	output      *bufio.Writer
	lines       chan []byte
	ended       chan struct{}
	strategies  []strategySpec
	preparation *preparation
	warm        *session
}

func newDriver(definitions map[string]definition) *driver {
	return &driver{
		clock:      openClock(),
		output:     bufio.NewWriter(os.Stdout),
		lines:      make(chan []byte, 16),
		ended:      make(chan struct{}),
		strategies: strategies(definitions),
	}
}

// serve carries out commands until quit or the end of the input, which ends a running trial too.
func (d *driver) serve() {
	go d.read()
	for line := range d.lines {
		order, refused := readCommand(line)
		if refused == nil && order.Op == "quit" {
			return
		}
		if refused == nil {
			refused = d.obey(order)
		}
		if refused != nil {
			d.reply(refused)
		}
	}
}

func (d *driver) read() {
	input := bufio.NewReader(os.Stdin)
	for {
		line, err := input.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			d.lines <- line
		}
		if err != nil {
			close(d.ended)
			close(d.lines)
			return
		}
	}
}

func readCommand(line []byte) (*command, *refusal) {
	order := &command{}
	if err := json.Unmarshal(line, order); err != nil {
		return nil, refuse("bad_command", "this is not a command: %v", err)
	}
	missing := ""
	switch order.Op {
	case "hello":
		missing = either(order.Protocol == nil, "protocol", "")
	case "prepare":
		missing = missingOf(order)
	case "trial":
		missing = either(order.ID == nil, "id", either(order.Requests == nil, "requests", ""))
	case "quit":
	default:
		return nil, refuse("bad_command", "this is not a command: unknown operation %q", order.Op)
	}
	if missing != "" {
		return nil, refuse("bad_command", "this is not a command: %q is missing", missing)
	}
	return order, nil
}

// missingOf names what a prepare command lacks.
func missingOf(order *command) string {
	switch {
	case order.Strategy == nil:
		return "strategy"
	case order.Conditions == nil:
		return "conditions"
	case order.Trace == nil:
		return "trace"
	case order.Target == nil || order.Target.Trust == nil || order.Target.Checks == nil || order.Target.TimeLimit == nil:
		return "target"
	}
	return ""
}

func (d *driver) obey(order *command) *refusal {
	switch order.Op {
	case "hello":
		return d.hello(*order.Protocol)
	case "prepare":
		return d.prepare(order)
	}
	return d.trial(order)
}

func (d *driver) hello(protocol int) *refusal {
	if protocol != version {
		return refuse("unsupported_version", "this driver speaks version %d of the protocol, not %d", version, protocol)
	}
	d.reply(map[string]any{
		"op":         "hello",
		"protocol":   version,
		"driver":     "go",
		"now":        write(d.clock.now()),
		"versions":   []map[string]string{{"module": "go", "version": goVersion()}},
		"strategies": d.strategies,
	})
	return nil
}

func (d *driver) prepare(order *command) *refusal {
	prepared, refused := d.prepared(order)
	if refused != nil {
		return refused
	}
	d.drop()
	d.preparation = prepared
	d.reply(map[string]any{"op": "ready", "facts": prepared.facts()})
	return nil
}

func (d *driver) trial(order *command) *refusal {
	if d.preparation == nil {
		return refuse("bad_command", "a trial needs a prepared strategy: send prepare first")
	}
	requests, offered := *order.Requests, len(d.preparation.requests)
	if requests < 1 || requests > offered {
		return refuse("bad_command", "a batch of %d is not possible: the target has %d requests", requests, offered)
	}
	batch, timing := d.run(requests)
	if timing == nil {
		os.Exit(0)
	}
	d.reply(map[string]any{"op": "columns", "id": *order.ID, "columns": batch.columns(timing.started)})
	ended := map[string]any{
		"op":       "done",
		"id":       *order.ID,
		"started":  write(timing.started),
		"finished": write(timing.finished),
	}
	if timing.usage != nil {
		ended["usage"] = timing.usage
	}
	if versions := batch.versions(); len(versions) > 0 {
		ended["http"] = versions
	}
	d.reply(ended)
	return nil
}

// versions counts the responses by their version of HTTP.
func (b *batch) versions() map[string]int {
	counts := map[string]int{}
	for place := range b.rows {
		b.rows[place].update(func(r *row) {
			if r.version != "" {
				counts[r.version]++
			}
		})
	}
	return counts
}

// write writes a moment as the protocol does: as a text, because many readers round large numbers.
func write(at moment) string {
	return strconv.FormatInt(int64(at), 10)
}

func (d *driver) reply(message any) {
	text, err := json.Marshal(message)
	if err != nil {
		fail(fmt.Sprintf("a reply cannot be written: %v", err))
	}
	d.output.Write(append(text, '\n'))
	if err := d.output.Flush(); err != nil {
		os.Exit(0)
	}
}

func contains(all []string, wanted string) bool {
	for _, each := range all {
		if each == wanted {
			return true
		}
	}
	return false
}

func without(all []string, left string) []string {
	kept := []string{}
	for _, each := range all {
		if each != left {
			kept = append(kept, each)
		}
	}
	return kept
}
