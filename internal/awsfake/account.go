package awsfake

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
)

var (
	accountOperations = map[string]operation{"ListRegions": (*World).listRegions}
	accountRoutes     = []route{{http.MethodPost, "/listRegions", "ListRegions"}}
)

// SetRegion says what an account has made of a Region: ENABLED, ENABLING, DISABLING,
// DISABLED or ENABLED_BY_DEFAULT. An account of which nothing is said has the
// Regions of its log groups, by default.
func (w *World) SetRegion(account, region, status string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	account = cmp.Or(account, w.account)
	if w.regions[account] == nil {
		w.regions[account] = map[string]string{}
	}
	w.regions[account][region] = status
}

func (w *World) regionsOf(account string) map[string]string {
	regions := maps.Clone(w.regions[account])
	if regions == nil {
		regions = map[string]string{}
		for s := range w.groups {
			if s.account == account {
				regions[s.region] = "ENABLED_BY_DEFAULT"
			}
		}
	}
	return regions
}

func (w *World) listRegions(r *request) (any, error) {
	in, err := decode[struct {
		AccountID               string `json:"AccountId"`
		RegionOptStatusContains []string
		MaxResults              *int
		NextToken               string
	}](r)
	if err != nil {
		return nil, err
	}
	size := 50
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	if size < 1 || size > 50 {
		return nil, fail("ValidationException", "MaxResults must be between 1 and 50")
	}
	if in.AccountID != "" { // central callers only, of which there are none here
		return nil, r.accessDenied("account:ListRegions", "arn:aws:account::"+in.AccountID+":account", "")
	}
	all := w.regionsOf(r.account)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		return len(in.RegionOptStatusContains) > 0 && !slices.Contains(in.RegionOptStatusContains, all[name])
	})
	page, next, err := paged(names, in.NextToken, size)
	if err != nil {
		return nil, fail("ValidationException", "The NextToken is invalid")
	}
	list := []map[string]string{}
	for _, name := range page {
		list = append(list, map[string]string{"RegionName": name, "RegionOptStatus": all[name]})
	}
	out := map[string]any{"Regions": list}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
