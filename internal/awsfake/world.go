package awsfake

import (
	"slices"
	"sync"
	"time"
)

// World is the whole pretend AWS: accounts, Regions, keys, log groups, roles,
// and the trouble that was ordered for them. Make one with [New]; all methods
// may be called from several goroutines at once.
type World struct {
	mu sync.Mutex

	account    string                 // owner of access keys nobody registered
	identities map[string]identity    // by access key
	roles      map[string]*roleRecord // by role ARN
	closed     map[scope]bool         // Regions that the account has not enabled

	keys         map[string]*keyRecord       // by key ARN
	aliases      map[scope]map[string]string // alias/NAME → key ARN
	managedMade  []string                    // aliases whose key a DescribeKey created
	groups       map[scope]*groupStore       // log groups
	queryResults map[scope]string            // key of query results
	queries      map[scope]map[string]string // query ID → key it ran under
	keyNames     map[string]string           // one copy of each key ARN that groups hold
	hideNew      time.Duration               // how long a created group stays invisible
	denied       map[denial]bool             // IAM says no
	faults       []*fault                    // in the order of injection
	limits       map[bucketName]*tokenBucket // nil: no limits
	pages        pageTokens                  // what nextTokens are sealed with
	unexpected   []string
	calls        callLog
	changes      changeLog
	choosers     []*func(Call) (Fault, bool)
	acting       *request                     // whose operation is changing the World just now
	regions      map[string]map[string]string // account → Region → what became of it
	trails       []*Trail
	history      history
	deployed     deployed
	hooks        hooks
}

// scope is one account in one Region, the frame of nearly everything in AWS.
type scope struct{ account, region string }

// New returns an empty World. Access keys that it has not been told of belong
// to the given account.
func New(account string) *World {
	return &World{
		account:      account,
		identities:   map[string]identity{},
		roles:        map[string]*roleRecord{},
		closed:       map[scope]bool{},
		keys:         map[string]*keyRecord{},
		aliases:      map[scope]map[string]string{},
		groups:       map[scope]*groupStore{},
		queryResults: map[scope]string{},
		queries:      map[scope]map[string]string{},
		keyNames:     map[string]string{},
		denied:       map[denial]bool{},
		pages:        newPageTokens(),
		calls:        newCallLog(),
		regions:      map[string]map[string]string{},
		deployed:     newDeployed(),
	}
}

// Account returns the account that unknown access keys belong to.
func (w *World) Account() string { return w.account }

// Unexpected returns the requests that no real client would have made: unknown
// targets, bodies that do not parse, services that are not here. A test should
// end by checking that there are none.
func (w *World) Unexpected() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.unexpected)
}
